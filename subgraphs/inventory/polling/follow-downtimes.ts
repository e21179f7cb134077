import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'

import type { Log } from '#core/service/log.js'
import { gauge } from '#core/service/metrics.js'
import type { Topics } from '#core/service/topics.js'

import type { Downtimes } from './downtime.js'
import type { DowntimeSteps } from './slowed.js'

/** Redis hash: since when each device is down, Unix time in ms; and how far the topic was read. */
const downKey = 'sotp:plan:down'
const cursorKey = 'sotp:plan:down:cursor'
const retryMs = 1000

export interface FollowDowntimesOptions {
  redis: Redis
  topics: Topics
  downtimes: Downtimes
  downtimeSteps: DowntimeSteps
  /** A device that was polled less often answers again. */
  back: (deviceId: string) => void
  log: Log
}

/**
 * Follows `device.state` until the signal aborts, so that `downtimes` knows who is down since when. A device that is down for
 * long is told once, so what was heard is kept in Redis for the next planner; where the topic no longer reaches back to it,
 * it is forgotten, and devices that are down are polled as ever until they are heard of.
 */
export async function followDowntimes(options: FollowDowntimesOptions, signal: AbortSignal): Promise<void> {
  const { redis, topics, downtimes, log } = options
  const firstStep = Math.min(
    ...Object.values(options.downtimeSteps).map(([first]) => first?.afterSeconds ?? Number.POSITIVE_INFINITY),
  )

  async function place(): Promise<string> {
    const cursor = await redis.get(cursorKey)
    const isKnown = cursor !== null && (await topics.reaches('device.state', cursor))
    if (!isKnown) await redis.del(downKey)
    const kept = isKnown ? Object.entries(await redis.hgetall(downKey)) : []
    downtimes.restore(kept.map(([id, since]) => [id, Number(since)]))
    return isKnown ? cursor : topics.head('device.state')
  }

  async function run(): Promise<void> {
    const after = await place()
    for await (const events of topics.batches('device.state', { after, signal })) {
      const keep = redis.multi()
      for (const { event } of events) {
        const { deviceId, since } = event.state
        const downSince = downtimes.since(deviceId)
        const change = downtimes.hear(event)
        if (change === 'down') keep.hset(downKey, deviceId, since)
        if (change === 'back') keep.hdel(downKey, deviceId)
        const downMs = Date.now() - (downSince ?? Number.POSITIVE_INFINITY)
        if (change === 'back' && !event.removed && downMs >= firstStep * 1000) options.back(deviceId)
      }
      await keep.set(cursorKey, events.at(-1)?.cursor ?? after).exec()
      gauge('sotp_inventory_down_devices', downtimes.size)
    }
  }

  while (!signal.aborted) {
    try {
      await run()
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'device states could not be read, will retry')
    }
    await sleep(retryMs, undefined, { signal }).catch(() => {})
  }
}
