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
export const shardMax: Record<CollectorKind, number> = { icmp: 200, snmp: 50 }

const countMax = 65_536

/** FNV-1a, 32 bit: spreads ids evenly, and puts a device into the same shard for as long as their number stays. */
function hash(id: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < id.length; at++) value = Math.imul(value ^ id.charCodeAt(at), 0x01000193)
  // The low bits of FNV are its weakest, and they choose the shard.
  return (value ^ (value >>> 15)) >>> 0
}

/**
 * Splits devices, by interval, into shards. Their number is a power of two, so that growth splits a shard and moves
 * nobody between the others. They are spread evenly over the interval, SNMP half a step after ICMP.
 */
export function buildShards(
  kind: CollectorKind,
  devices: readonly { id: string; intervalSeconds: number }[],
): Shard[] {
  const byInterval = Map.groupBy(devices, ({ intervalSeconds }) => intervalSeconds)
  return [...byInterval].flatMap(([intervalSeconds, members]) => {
    const groups = split(members, shardMax[kind])
    return groups.flatMap((group, index) => {
      if (group.length === 0) return []
      const place = (index + (kind === 'snmp' ? 0.5 : 0)) / groups.length
      return {
        name: `${kind}/${intervalSeconds}/${index}of${groups.length}`,
        kind,
        intervalSeconds,
        offsetMs: Math.floor(place * intervalSeconds * 1000),
        deviceIds: group.map(({ id }) => id),
      }
    })
  })
}

function split<Member extends { id: string }>(members: readonly Member[], max: number): Member[][] {
  const hashes = members.map(({ id }) => hash(id))
  for (let count = 1; ; count *= 2) {
    if (members.length > count * max && count < countMax) continue
    const groups: Member[][] = Array.from({ length: count }, () => [])
    for (const [index, member] of members.entries()) groups[(hashes[index] ?? 0) & (count - 1)]?.push(member)
    if (count >= countMax || groups.every((group) => group.length <= max)) return groups
  }
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
