import { setImmediate } from 'node:timers/promises'

import type { DeviceKind } from '#core/contract/devices.js'

export interface TreeNode {
  id: string
  kind: DeviceKind
  tags: readonly string[]
  /** Set by hand: then nothing is worked out. */
  manual: readonly string[] | null
}

/** Devices with this tag are where the network begins, as seen from the pollers. */
export const rootTag = 'topology-root'

/** A root keeps its place until another reaches so much more. */
const betterBy = 1.25
/** Who forwards for others. A way through another kind is taken only where there is none but that. */
const forwards: ReadonlySet<DeviceKind> = new Set(['ROUTER', 'SWITCH', 'FIREWALL', 'ACCESS_POINT', 'OTHER'])
const weights: Record<DeviceKind, number> = {
  ...{ ROUTER: 4, FIREWALL: 2, SWITCH: 1, ACCESS_POINT: 0.2 },
  ...{ OTHER: 0.2, SERVER: 0.1, PRINTER: 0, UPS: 0 },
}
/** Steps between two turns of the event loop. */
const slice = 5000

export interface ParentTree {
  /** Of each device that is not set by hand: the neighbours on all shortest ways to a root, sorted. */
  parents: Map<string, string[]>
  roots: string[]
}

/**
 * Works out who stands between each device and the root of its part of the network. Roots are the devices tagged
 * `topology-root`; without one, who has the most devices within two hops (those of a router count four times, those of a
 * firewall twice), which keeps its place (`knownRoots`) until another has a quarter more. A device with two equally short
 * ways has a parent on each: only when all of them fail is it cut off. A parent set by hand that would close a circle
 * with what is worked out prevails.
 */
export async function workOutParents(
  nodes: readonly TreeNode[],
  edges: readonly (readonly [string, string])[],
  knownRoots: ReadonlySet<string>,
): Promise<ParentTree> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const next = new Map<string, Set<string>>(nodes.map(({ id }) => [id, new Set()]))
  let steps = 0
  const breathe = async () => {
    if (++steps % slice === 0) await setImmediate()
  }
  for (const [a, b] of edges) {
    if (!byId.has(a) || !byId.has(b) || a === b) continue
    next.get(a)?.add(b)
    next.get(b)?.add(a)
    await breathe()
  }
  const roots: string[] = []
  const distance = new Map<string, number>()
  const parents = new Map<string, string[]>()
  for (const { id } of nodes) {
    if (distance.has(id)) continue
    const part = new Set([id])
    for (const at of part) {
      for (const other of next.get(at) ?? []) part.add(other)
      await breathe()
    }
    const rootsOfPart = chooseRoots([...part], { byId, next, knownRoots })
    if (part.size > 1) roots.push(...rootsOfPart)
    await measure(rootsOfPart, { byId, next, distance, breathe })
  }
  for (const { id, manual } of nodes) {
    if (manual) continue
    const own = distance.get(id) ?? 0
    const nearer = [...(next.get(id) ?? [])].filter((other) => (distance.get(other) ?? 0) === own - 1)
    const forwarding = nearer.filter((other) => forwards.has(byId.get(other)?.kind ?? 'OTHER'))
    parents.set(id, (forwarding.length > 0 ? forwarding : nearer).sort())
    await breathe()
  }
  await breakCircles(nodes, parents, breathe)
  return { parents, roots: roots.sort() }
}

interface Graph {
  byId: ReadonlyMap<string, TreeNode>
  next: ReadonlyMap<string, ReadonlySet<string>>
}

function chooseRoots(
  part: readonly string[],
  { byId, next, knownRoots }: Graph & { knownRoots: ReadonlySet<string> },
): string[] {
  const tagged = part.filter((id) => byId.get(id)?.tags.includes(rootTag))
  if (tagged.length > 0) return tagged
  const reach = (id: string) => {
    let sum = 0
    for (const other of next.get(id) ?? []) sum += next.get(other)?.size ?? 0
    const favoured = knownRoots.has(id) ? betterBy : 1
    return sum * weights[byId.get(id)?.kind ?? 'OTHER'] * favoured
  }
  let best = part[0] ?? ''
  let most = -1
  for (const id of [...part].sort()) {
    const its = reach(id)
    if (its > most) [best, most] = [id, its]
  }
  return [best]
}

/** Hops from the nearest root, over those who forward as far as they lead, then over anybody. */
async function measure(
  roots: readonly string[],
  { byId, next, distance, breathe }: Graph & { distance: Map<string, number>; breathe: () => Promise<void> },
): Promise<void> {
  let waiting: string[] = [...roots]
  for (const root of roots) distance.set(root, 0)
  const isEnd = (id: string) => !forwards.has(byId.get(id)?.kind ?? 'OTHER') && distance.get(id) !== 0
  const ends: string[] = []
  while (waiting.length > 0) {
    const reached: string[] = []
    for (const at of waiting) {
      for (const other of next.get(at) ?? []) {
        if (distance.has(other)) continue
        distance.set(other, (distance.get(at) ?? 0) + 1)
        if (isEnd(other)) ends.push(other)
        else reached.push(other)
      }
      await breathe()
    }
    waiting = reached.length > 0 ? reached : ends.splice(0)
  }
}

/** Removes what was worked out wherever it would make a device its own ancestor by way of a parent set by hand. */
async function breakCircles(
  nodes: readonly TreeNode[],
  parents: Map<string, string[]>,
  breathe: () => Promise<void>,
): Promise<void> {
  const manual = new Map(nodes.flatMap(({ id, manual }) => (manual ? [[id, manual] as const] : [])))
  if (manual.size === 0) return
  const of = (id: string) => manual.get(id) ?? parents.get(id) ?? []
  for (const [id, own] of manual) {
    // Everybody above this device, each with the one below through whom it was reached.
    const above = new Map<string, string>(own.map((parent) => [parent, id]))
    for (const [at] of above) {
      for (const parent of [...of(at)]) {
        if (parent === id && parents.has(at))
          parents.set(
            at,
            of(at).filter((one) => one !== id),
          )
        else if (!above.has(parent)) above.set(parent, at)
      }
      await breathe()
    }
  }
}
