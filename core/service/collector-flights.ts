import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'

import type { CollectorKind } from '../contract/telemetry.js'
import type { Log } from './log.js'

/** One poll a device and kind at a time, over all processes. */
export interface Flights extends Disposable {
  /**
   * Those of `deviceIds` that nobody polls now; they are the caller's until released. `alone`: Redis is away, so that only
   * this process can be asked.
   */
  claim(deviceIds: readonly string[], alone?: boolean): Promise<Set<string>>
  release(deviceIds: Iterable<string>, alone?: boolean): Promise<void>
  /** Devices this process polls now. */
  readonly size: number
}

/** A process that dies holds its devices for this long at most. */
const leaseMs = 6000
const renewMs = 2000
const slice = 500

const releaseScript = `local n = 0
for _, key in ipairs(KEYS) do
  if redis.call('get', key) == ARGV[1] then n = n + redis.call('del', key) end
end
return n`

/** Keeps leases in Redis: one pipeline to claim a shard, one script to release it. */
export function openFlights(redis: Redis, kind: CollectorKind, log: Log): Flights {
  const owner = randomUUID()
  const flying = new Set<string>()
  const key = (deviceId: string) => `sotp:poll:${kind}:${deviceId}`

  async function renew(): Promise<void> {
    if (flying.size === 0) return
    const pipeline = redis.pipeline()
    for (const deviceId of flying) pipeline.pexpire(key(deviceId), leaseMs)
    await pipeline.exec()
  }
  let renewing = false
  const timer = setInterval(async () => {
    // One at a time: while Redis is away they would pile up.
    if (renewing) return
    renewing = true
    await renew().catch((error: unknown) =>
      log.warn({ err: error }, 'leases of running polls could not be renewed'),
    )
    renewing = false
  }, renewMs)
  timer.unref()

  return {
    get size() {
      return flying.size
    },
    async claim(deviceIds, alone = false) {
      const free = [...new Set(deviceIds)].filter((deviceId) => !flying.has(deviceId))
      // Before the first await, so that two jobs of this process cannot both take one device.
      for (const deviceId of free) flying.add(deviceId)
      if (alone) return new Set(free)
      const won = new Set<string>()
      try {
        const pipeline = redis.pipeline()
        for (const deviceId of free) pipeline.set(key(deviceId), owner, 'PX', leaseMs, 'NX')
        const answers = free.length > 0 ? await pipeline.exec() : []
        free.forEach((deviceId, index) => {
          const [refused, said] = answers?.[index] ?? []
          // A Redis that is full and takes no writes is as good as away.
          if (refused || said === 'OK') won.add(deviceId)
        })
      } finally {
        for (const deviceId of free) if (!won.has(deviceId)) flying.delete(deviceId)
      }
      return won
    },
    async release(deviceIds, alone = false) {
      const ids = [...deviceIds]
      for (const deviceId of ids) flying.delete(deviceId)
      if (alone) return
      for (let from = 0; from < ids.length; from += slice) {
        const keys = ids.slice(from, from + slice).map(key)
        await redis.eval(releaseScript, keys.length, ...keys, owner)
      }
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
