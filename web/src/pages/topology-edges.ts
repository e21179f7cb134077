import type { TopologyLink } from '../live/topology'
import { isDown, loadOf, nodeId, speedOf } from './topology-graph'
import type { Layout } from './topology-layout'

/** What is drawn between two places: one link, or all between a site that is folded up and something else. */
export interface MapEdge {
  id: string
  links: TopologyLink[]
  path: string
  /** The fullest of them; undefined: not measured. */
  load: number | undefined
  width: number
  down: boolean
  /** None of them is told any more. */
  old: boolean
  shared: boolean
}

interface Place {
  key: string
  x: number
  y: number
}

/** The lines of the map. Links between the same two places lie side by side, those at a folded site as one. */
export function edgesOf(links: readonly TopologyLink[], layout: Layout): MapEdge[] {
  const sitePlaces = new Map<string, Place>()
  for (const { site, open, x, y, width, height } of layout.sites) {
    if (open) continue
    const place = { key: `site ${site.key}`, x: x + width / 2, y: y + height / 2 }
    for (const { id } of site.nodes) sitePlaces.set(id, place)
  }
  const placeOf = (id: string | undefined): Place | undefined => {
    const node = id === undefined ? undefined : layout.nodes.get(id)
    return node ? { key: node.node.id, x: node.x, y: node.y } : sitePlaces.get(id ?? '')
  }
  const groups = new Map<string, { a: Place; b: Place; folded: boolean; links: TopologyLink[] }>()
  for (const link of links) {
    const [first, second] = [placeOf(nodeId(link.from)), placeOf(nodeId(link.to))]
    if (!first || !second || first.key === second.key) continue
    const [a, b] = first.key < second.key ? [first, second] : [second, first]
    const key = `${a.key} ${b.key}`
    const folded = a.key.startsWith('site ') || b.key.startsWith('site ')
    const group = groups.get(key) ?? { a, b, folded, links: [] }
    groups.set(key, group)
    group.links.push(link)
  }
  return [...groups].flatMap(([key, { a, b, folded, links: all }]) =>
    folded
      ? [edge(key, all, pathOf(a, b, 0))]
      : all.map((link, n) => edge(link.id, [link], pathOf(a, b, (n - (all.length - 1) / 2) * 9))),
  )
}

function edge(id: string, links: TopologyLink[], path: string): MapEdge {
  const loads = links.flatMap((link) => loadOf(link) ?? [])
  const speed = Math.max(0, ...links.map((link) => speedOf(link) ?? 0))
  return {
    id,
    links,
    path,
    load: loads.length > 0 ? Math.max(...loads) : undefined,
    // 100 Mbit/s and less 1.25, each ten times as fast about one more.
    width: Math.max(1.25, 1.25 + 1.1 * Math.log10(Math.max(1, speed / 1e8))),
    down: links.every(isDown),
    old: links.every(({ isCurrent }) => !isCurrent),
    shared: links.every(({ isShared }) => isShared),
  }
}

/** From the upper to the lower in a soft S; beside each other in an arc below. */
function pathOf(a: Place, b: Place, aside: number): string {
  const [up, low] = a.y <= b.y ? [a, b] : [b, a]
  const [x1, x2] = [up.x + aside, low.x + aside]
  if (low.y - up.y < 20) {
    const dip = Math.min(46, 22 + Math.abs(x2 - x1) / 14) + aside
    return `M${x1} ${up.y}Q${(x1 + x2) / 2} ${up.y + dip * 1.6} ${x2} ${low.y}`
  }
  const middle = (up.y + low.y) / 2
  return `M${x1} ${up.y}C${x1} ${middle} ${x2} ${middle} ${x2} ${low.y}`
}
