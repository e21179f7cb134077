import type { LinkEvidence, Stranger } from '#core/contract/topology.js'
import { derivedId } from '#core/service/interface-id.js'

import type { Adjacency } from './adjacency.js'

/** One end of a link. */
export interface End {
  deviceId: string
  interfaceId: string | null
  port: string | null
}

/** A link as it follows from what devices say now. */
export interface ToldLink {
  id: string
  from: End
  to: End | Stranger
  evidence: LinkEvidence[]
  confidence: number
  shared: boolean
  toldBy: string[]
}

/** An adjacency whose far port has been looked up. */
export interface Claim extends Adjacency {
  farInterfaceId: string | null
}

export const isStranger = (end: End | Stranger): end is Stranger => 'key' in end

/** How sure a link is: both of its devices tell it, or one; by LLDP, or by CDP, which travels further. */
const certainty = { twoSided: { LLDP: 1, CDP: 0.95 }, oneSided: { LLDP: 0.8, CDP: 0.75 } } as const
/** Something stands between the ends. */
export const sharedFactor = 0.5

/** The links between two devices, from what each says of the other. Each says best which port of its own it is. */
export function pairLinks(ofA: readonly Claim[], ofB: readonly Claim[]): ToldLink[] {
  const rest = new Set(ofB)
  const links: ToldLink[] = []
  const lonely: Claim[] = []
  // Those that name each other's port first, so that none of them is taken by a guess.
  for (const wanted of [2, 1]) {
    for (const a of wanted === 2 ? ofA : lonely.splice(0)) {
      const b = [...rest].find((one) => agreement(a, one) >= wanted)
      if (b) {
        rest.delete(b)
        links.push(linkOf(a, b))
      } else lonely.push(a)
    }
  }
  const remaining = [...rest]
  const [a, b] = [lonely[0], remaining[0]]
  // Where neither knows the other's port, one on each side can only be the same cable.
  if (a && b && lonely.length === 1 && remaining.length === 1 && !contradict(a, b))
    return [...links, linkOf(a, b)]
  return [...links, ...[...lonely, ...remaining].map((one) => linkOf(one))]
}

/** How many of both say that they are about the same cable. */
const agreement = (a: Claim, b: Claim): number =>
  Number(a.farInterfaceId !== null && a.farInterfaceId === b.interfaceId) +
  Number(b.farInterfaceId !== null && b.farInterfaceId === a.interfaceId)

const contradict = (a: Claim, b: Claim): boolean => a.farInterfaceId !== null && b.farInterfaceId !== null

function linkOf(a: Claim, b?: Claim): ToldLink {
  const protocols = [...new Set([...a.protocols, ...(b?.protocols ?? [])])].sort().reverse()
  const strongest = protocols.includes('LLDP') ? 'LLDP' : 'CDP'
  const shared = a.shared || (b?.shared ?? false)
  const ownEnd = ({ deviceId, interfaceId, port }: Claim): End => ({ deviceId, interfaceId, port })
  const farEnd =
    'stranger' in a.far
      ? a.far.stranger
      : {
          deviceId: a.far.deviceId,
          interfaceId: a.farInterfaceId,
          port: a.hints[0]?.portDescription ?? a.hints[0]?.portId.value ?? null,
        }
  return toldLink({
    ends: [ownEnd(a), b ? ownEnd(b) : farEnd],
    evidence: protocols,
    confidence: (b ? certainty.twoSided : certainty.oneSided)[strongest] * (shared ? sharedFactor : 1),
    shared,
    toldBy: b ? [a.deviceId, b.deviceId] : [a.deviceId],
  })
}

/** A link with its ends in order and the id that follows from them. */
export function toldLink({
  ends: [first, second],
  ...rest
}: Omit<ToldLink, 'id' | 'from' | 'to'> & { ends: [End, End | Stranger] }): ToldLink {
  const swap = !isStranger(second) && second.deviceId < first.deviceId
  const [from, to] = swap ? [second, first] : [first, second]
  const name = (end: End | Stranger) =>
    isStranger(end) ? `stranger ${end.key}` : `${end.deviceId} ${end.interfaceId ?? `label ${end.port}`}`
  return { id: derivedId(`link ${name(from)} ${name(to)}`), from, to, ...rest }
}
