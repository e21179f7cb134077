import type { InterfaceFacts } from '#core/contract/devices.js'
import type { KnownPort } from '#core/contract/interface-identity.js'
import { interfaceId } from '#core/service/interface-id.js'

/** A port that is gone is still recognised for this long. */
const goneKeptMs = 90 * 86_400_000
/** Ports that are gone and remembered, of one device: transient ones (tunnels, PPP sessions) must not pile up. */
const goneMax = 2000

/** What counts for two descriptions being one port. Alias and MAC together outweigh a name: then it was renamed. */
const weight = { name: 3, description: 2, mac: 2, alias: 2, ifIndex: 0.5 } as const

type Evidence = Pick<KnownPort, 'key' | 'name' | 'description' | 'alias' | 'mac' | 'type' | 'ifIndex'>

/**
 * Gives each described port the id of the known port that it is, by ifName, ifDescr, ifAlias and MAC together, with
 * ifIndex as a hint only; others get an id of their own. Returns what is known from now on. No two ports get one id,
 * and two ports are never joined on a hint alone: where evidence is shared by several ports of a device (a MAC of
 * subinterfaces, an alias given twice) it counts for none.
 */
export function recognise(
  deviceId: string,
  ports: readonly InterfaceFacts[],
  known: readonly KnownPort[],
  now: number,
): { ids: Map<string, string>; known: KnownPort[] } {
  const owners = matchAll(ports, known)
  const taken = new Set(known.map(({ id }) => id))
  const ids = new Map<string, string>()
  for (const port of ports) {
    const id = owners.get(port)?.id ?? freshId(deviceId, port.key, taken)
    taken.add(id)
    ids.set(port.key, id)
  }
  const present = ports.map(
    ({ key, name, description, alias, mac, type, ifIndex }): KnownPort => ({
      id: ids.get(key) ?? '',
      key,
      name,
      description,
      alias,
      mac,
      type,
      ifIndex,
      goneAt: null,
    }),
  )
  const matched = new Set(owners.values())
  const gone = known
    .filter((port) => !matched.has(port))
    .map((port) => ({ ...port, goneAt: port.goneAt ?? now }))
    .filter(({ goneAt }) => now - goneAt < goneKeptMs)
    .sort((a, b) => b.goneAt - a.goneAt)
    .slice(0, goneMax)
  return { ids, known: [...present, ...gone] }
}

/** The id derived from the key, or, where a port that was renamed still has that, from the key and a number. */
function freshId(deviceId: string, key: string, taken: ReadonlySet<string>): string {
  let id = interfaceId(deviceId, key)
  for (let n = 2; taken.has(id); n++) id = interfaceId(deviceId, `${key}#${n}`)
  return id
}

interface Pair {
  port: InterfaceFacts
  known: KnownPort
  score: number
}

/** The best pairs first; each port and each known port is in one at most. */
function matchAll(
  ports: readonly InterfaceFacts[],
  known: readonly KnownPort[],
): Map<InterfaceFacts, KnownPort> {
  const pairs: Pair[] = []
  const [seenBy, knownBy] = [uniqueBy(ports), uniqueBy(known.filter(({ goneAt }) => goneAt === null))]
  const goneBy = uniqueBy(known.filter(({ goneAt }) => goneAt !== null))
  for (const port of ports) {
    const candidates = new Set<KnownPort>()
    for (const index of [knownBy, goneBy]) {
      for (const [kind, value] of marksOf(port)) {
        const found = seenBy.get(kind)?.get(value) === port ? index.get(kind)?.get(value) : undefined
        if (found) candidates.add(found)
      }
    }
    for (const candidate of candidates) {
      const index = candidate.goneAt === null ? knownBy : goneBy
      const score = scoreOf(port, candidate, (kind, value) => index.get(kind)?.get(value) === candidate)
      if (score > 0) pairs.push({ port, known: candidate, score })
    }
  }
  pairs.sort((a, b) => b.score - a.score)
  const found = new Map<InterfaceFacts, KnownPort>()
  const used = new Set<KnownPort>()
  for (const { port, known: owner } of pairs) {
    if (found.has(port) || used.has(owner)) continue
    found.set(port, owner)
    used.add(owner)
  }
  return found
}

type Mark = 'name' | 'description' | 'mac' | 'alias' | 'ifIndex'

/** A key that is only the ifIndex names nothing. */
const isNamed = ({ key, ifIndex }: Evidence) => key !== String(ifIndex) && key !== `#${ifIndex}`

function marksOf(port: Evidence): [Mark, string][] {
  const marks: [Mark, string][] = []
  if (isNamed(port)) marks.push(['name', port.key])
  if (port.description) marks.push(['description', port.description])
  if (port.mac && !/^[0:]+$/.test(port.mac)) marks.push(['mac', port.mac])
  if (port.alias) marks.push(['alias', port.alias])
  marks.push(['ifIndex', String(port.ifIndex)])
  return marks
}

/** By kind of mark, the ports that alone bear it. */
function uniqueBy<Port extends Evidence>(ports: readonly Port[]): Map<Mark, Map<string, Port>> {
  const found = new Map<Mark, Map<string, Port | null>>()
  for (const port of ports) {
    for (const [kind, value] of marksOf(port)) {
      const values = found.get(kind) ?? new Map<string, Port | null>()
      values.set(value, values.has(value) ? null : port)
      found.set(kind, values)
    }
  }
  return found as Map<Mark, Map<string, Port>>
}

/** How much speaks for one port; 0 where too little does, or where the hardware speaks against it. */
function scoreOf(
  port: InterfaceFacts,
  known: KnownPort,
  isUnique: (kind: Mark, value: string) => boolean,
): number {
  const before = new Map(marksOf(known))
  let score = 0
  const agreed = new Set<Mark>()
  for (const [kind, value] of marksOf(port)) {
    if (before.get(kind) !== value || !isUnique(kind, value)) continue
    // A description that repeats the name is no second witness.
    if (kind === 'description' && agreed.has('name')) continue
    agreed.add(kind)
    score += weight[kind]
  }
  if (agreed.has('name')) return score
  if (agreed.has('description') || agreed.has('mac') || agreed.has('alias')) {
    const otherHardware = port.type !== known.type || contradicts(port.mac, known.mac)
    return otherHardware && !agreed.has('description') ? 0 : score
  }
  // Nothing but the ifIndex: good for ports that have no name at all.
  return isNamed(port) || isNamed(known) || contradicts(port.mac, known.mac) ? 0 : score
}

const contradicts = (a: string | null, b: string | null) => a !== null && b !== null && a !== b
