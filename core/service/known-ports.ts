import type { Redis } from 'ioredis'

import { type KnownPort, knownPorts } from '../contract/interface-identity.js'
import { count } from './metrics.js'
import { within } from './redis.js'

/** The ports of each device by which a collector recognises them, shared by all collectors. */
export interface KnownPorts {
  /** The known ports; none for a device that was never described. Undefined while Redis does not answer. */
  get(deviceId: string): Promise<KnownPort[] | undefined>
  set(deviceId: string, ports: readonly KnownPort[]): Promise<void>
  /** Which of these devices nothing is known of. */
  missing(deviceIds: readonly string[]): Promise<string[]>
  /** Gives back what Redis lost; what a collector has written meanwhile stays. */
  restore(deviceId: string, ports: readonly KnownPort[]): Promise<void>
}

const keyOf = (deviceId: string) => `sotp:ports:${deviceId}`
/** Renewed with each description, some ten minutes apart: only devices that are no longer polled are forgotten. */
const keepSeconds = 90 * 86_400

/** What Redis holds. Each answer is waited for a second at most: no poll may hang on it. */
export function openKnownPorts(redis: Redis): KnownPorts {
  return {
    async get(deviceId) {
      const text = await within(redis.get(keyOf(deviceId))).catch(() => undefined)
      if (text === undefined) return undefined
      return text === null ? [] : knownPorts.parse(JSON.parse(text))
    },
    async set(deviceId, ports) {
      const written = redis.set(keyOf(deviceId), JSON.stringify(ports), 'EX', keepSeconds)
      await within(written).catch(() => count('sotp_collector_known_ports_unwritten_total'))
    },
    async missing(deviceIds) {
      const found = await Promise.all(deviceIds.map((id) => redis.exists(keyOf(id))))
      return deviceIds.filter((_, n) => found[n] === 0)
    },
    async restore(deviceId, ports) {
      await redis.set(keyOf(deviceId), JSON.stringify(ports), 'EX', keepSeconds, 'NX')
    },
  }
}
