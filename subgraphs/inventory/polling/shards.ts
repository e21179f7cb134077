import type { CollectorKind } from '#core/contract/telemetry.js'

/** A slice of the devices that one collector kind polls at one interval: what one job polls. */
export interface Shard {
  /** `<kind>/<interval>/<index>of<count>` */
  name: string
  kind: CollectorKind
  intervalSeconds: number
  /** When in each interval it is polled. */
  offsetMs: number
  deviceIds: string[]
}

/** Devices of one shard at most: an ICMP shard is one sweep, an SNMP shard holds a collector for seconds. */
export const shardMax: Record<CollectorKind, number> = { icmp: 400, snmp: 50 }
/** Fewer are not worth a job of their own, so that a small network is a few jobs and not one each second. */
export const shardMin: Record<CollectorKind, number> = { icmp: 10, snmp: 5 }

/** FNV-1a, 32 bit: spreads ids evenly, and gives each its place among the others once and for all. */
export function hash(id: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < id.length; at++) value = Math.imul(value ^ id.charCodeAt(at), 0x01000193)
  // The low bits of FNV are its weakest.
  return (value ^ (value >>> 15)) >>> 0
}

/**
 * How many shards: the same number in every second of the interval, as few as hold them all. Where there are too few devices
 * for one shard a second, a power of two of small ones, so that their number seldom changes.
 */
function shardCount(kind: CollectorKind, devices: number, intervalSeconds: number): number {
  const small = 2 ** Math.ceil(Math.log2(Math.max(1, devices / shardMin[kind])))
  if (small < intervalSeconds && devices <= small * shardMax[kind]) return small
  return intervalSeconds * Math.ceil(devices / (intervalSeconds * shardMax[kind]))
}

/**
 * Splits devices, by interval, into shards of equal size (one device more or less), spread evenly over the interval, SNMP half
 * a step after ICMP. Where an interval has `shardMin` devices for each of its seconds, no second polls more than 1.3 times
 * the mean; where it has fewer, no second polls more than one small shard of it. Devices lie in the order of their hash, so
 * that one that is added moves others by one place at most, and nobody far in time.
 */
export function buildShards(
  kind: CollectorKind,
  devices: readonly { id: string; intervalSeconds: number }[],
): Shard[] {
  const byInterval = Map.groupBy(devices, ({ intervalSeconds }) => intervalSeconds)
  return [...byInterval].flatMap(([intervalSeconds, members]) => {
    const ids = members
      .map(({ id }) => ({ id, place: hash(id) }))
      .sort((a, b) => a.place - b.place || (a.id < b.id ? -1 : 1))
      .map(({ id }) => id)
    const count = shardCount(kind, ids.length, intervalSeconds)
    const cut = (index: number) => Math.floor((index * ids.length) / count)
    return Array.from({ length: count }, (_, index) => ({
      name: `${kind}/${intervalSeconds}/${index}of${count}`,
      kind,
      intervalSeconds,
      // Multiplied first: a whole second must not fall into the one before by a rounding.
      offsetMs: Math.floor(((index + (kind === 'snmp' ? 0.5 : 0)) * intervalSeconds * 1000) / count),
      deviceIds: ids.slice(cut(index), cut(index + 1)),
    })).filter(({ deviceIds }) => deviceIds.length > 0)
  })
}

/**
 * Slots that fell due after `from` up to `to`, both Unix time in ms. A slot is the same moment for every planner: a
 * multiple of the interval since the epoch, plus the shard's offset. Of several that were slept through only the last
 * counts.
 */
export function dueSlots(
  shards: Iterable<Shard>,
  from: number,
  to: number,
): { shard: Shard; slotAt: number }[] {
  return [...shards].flatMap((shard) => {
    const interval = shard.intervalSeconds * 1000
    const slotAt = Math.floor((to - shard.offsetMs) / interval) * interval + shard.offsetMs
    return slotAt > from ? [{ shard, slotAt }] : []
  })
}

/** The first of the slots between `from` and `slotAt` that nobody served; undefined: there is none. */
export function firstMissed({ intervalSeconds }: Shard, from: number, slotAt: number): number | undefined {
  const interval = intervalSeconds * 1000
  const missed = Math.ceil((slotAt - from) / interval) - 1
  return missed > 0 ? slotAt - missed * interval : undefined
}
