import type { MapNode, MapSite } from './topology-graph'

export interface Box {
  x: number
  y: number
  width: number
  height: number
}
export interface PlacedSite extends Box {
  site: MapSite
  open: boolean
}
/** Where everything is; places of nodes are their middles. */
export interface Layout extends Pick<Box, 'width' | 'height'> {
  sites: PlacedSite[]
  nodes: Map<string, { x: number; y: number; node: MapNode }>
}

export const cell = { width: 98, height: 90 } as const
const title = 34
const padding = 14
const gap = 72
const folded = { width: 190, height: 78 } as const

interface SiteLink {
  a: string
  b: string
}

/**
 * Places the network: each site is a box, in which who leads to the others stands above them, and the sites stand as they
 * are connected. Nothing in it is left to chance, so the same network looks the same each time; it takes a few
 * milliseconds for thousands of devices.
 */
export function layOut(
  sites: ReadonlyMap<string, MapSite>,
  siteLinks: readonly SiteLink[],
  isOpen: (key: string) => boolean,
): Layout {
  const inner = new Map([...sites].map(([key, site]) => [key, isOpen(key) ? arrange(site.nodes) : undefined]))
  const sizes = new Map([...inner].map(([key, rows]) => [key, rows ? sizeOf(rows) : { ...folded }] as const))
  const placed: PlacedSite[] = []
  const nodes: Layout['nodes'] = new Map()
  let y = 0
  let widest = 0
  const lines = siteLines(sites, siteLinks, sizes)
  const widths = lines.map((line) =>
    line.reduce((sum, key) => sum + (sizes.get(key)?.width ?? 0) + gap, -gap),
  )
  widest = Math.max(0, ...widths)
  lines.forEach((line, n) => {
    let x = (widest - (widths[n] ?? 0)) / 2
    const height = Math.max(...line.map((key) => sizes.get(key)?.height ?? 0))
    for (const key of line) {
      const [site, size, rows] = [sites.get(key), sizes.get(key), inner.get(key)]
      if (!site || !size) continue
      placed.push({ site, open: rows !== undefined, x, y, ...size })
      rows?.forEach((row, nth) => {
        const from = x + (size.width - row.length * cell.width) / 2
        row.forEach((node, at) => {
          nodes.set(node.id, {
            node,
            x: from + (at + 0.5) * cell.width,
            y: y + title + padding + (nth + 0.5) * cell.height - 8,
          })
        })
      })
      x += size.width + gap
    }
    y += height + gap
  })
  return { sites: placed, nodes, width: widest, height: Math.max(0, y - gap) }
}

function sizeOf(rows: readonly MapNode[][]): Pick<Box, 'width' | 'height'> {
  const columns = Math.max(2, ...rows.map(({ length }) => length))
  return {
    width: columns * cell.width + 2 * padding,
    height: rows.length * cell.height + title + 2 * padding,
  }
}

/** Rows of a site: by steps from who stands at its top, each beside the others of its parent. */
function arrange(nodes: readonly MapNode[]): MapNode[][] {
  const here = new Map(nodes.map((node) => [node.id, node]))
  const level = new Map<string, number>()
  const levelOf = (node: MapNode, above: ReadonlySet<string>): number => {
    const known = level.get(node.id)
    if (known !== undefined) return known
    const parents = node.parents.flatMap((id) => (above.has(id) ? [] : (here.get(id) ?? [])))
    const its =
      parents.length === 0
        ? 0
        : 1 + Math.min(...parents.map((one) => levelOf(one, new Set([...above, node.id]))))
    level.set(node.id, its)
    return its
  }
  for (const node of nodes) levelOf(node, new Set())
  // Who is connected to nobody stands below all others.
  const leading = new Set(nodes.flatMap(({ parents }) => parents))
  const lone = nodes.filter(({ id, parents }) => parents.length === 0 && !leading.has(id))
  const isLone = new Set(lone.length === nodes.length ? [] : lone.map(({ id }) => id))
  const levels: MapNode[][] = []
  for (const node of nodes) {
    if (isLone.has(node.id)) continue
    const its = level.get(node.id) ?? 0
    levels[its] = [...(levels[its] ?? []), node]
  }
  const across = Math.max(4, Math.ceil(Math.sqrt(nodes.length) * 2.4))
  const order = new Map<string, number>()
  const rows: MapNode[][] = []
  for (const one of [...levels, lone.filter(({ id }) => isLone.has(id))]) {
    const middle = ({ parents }: MapNode) => {
      const places = parents.flatMap((id) => order.get(id) ?? [])
      return places.length > 0 ? places.reduce((a, b) => a + b, 0) / places.length : Number.MAX_SAFE_INTEGER
    }
    const sorted = (one ?? []).toSorted(
      (a, b) => middle(a) - middle(b) || a.name.localeCompare(b.name, undefined, { numeric: true }),
    )
    const lines = Math.ceil(sorted.length / across)
    const each = Math.ceil(sorted.length / Math.max(1, lines))
    sorted.forEach((node, n) => {
      order.set(node.id, ((n % each) + 0.5) / each)
    })
    for (let from = 0; from < sorted.length; from += each) rows.push(sorted.slice(from, from + each))
  }
  return rows
}

/** Sites in lines: by steps from the largest, and no line much wider than the whole is high. */
function siteLines(
  sites: ReadonlyMap<string, MapSite>,
  links: readonly SiteLink[],
  sizes: ReadonlyMap<string, Pick<Box, 'width' | 'height'>>,
): string[][] {
  const next = new Map<string, Set<string>>([...sites.keys()].map((key) => [key, new Set()]))
  for (const { a, b } of links) {
    if (a === b) continue
    next.get(a)?.add(b)
    next.get(b)?.add(a)
  }
  const bySize = [...sites.values()].sort(
    (a, b) => b.nodes.length - a.nodes.length || a.name.localeCompare(b.name),
  )
  let area = 0
  for (const { width, height } of sizes.values()) area += (width + gap) * (height + gap)
  const widthMax = Math.max(2200, Math.sqrt(area) * 1.8)
  const seen = new Set<string>()
  const lines: string[][] = []
  for (const { key } of bySize) {
    let level = seen.has(key) ? [] : [key]
    while (level.length > 0) {
      for (const one of level) seen.add(one)
      lines.push(...broken(level, sizes, widthMax))
      const below = level.flatMap((one) => [...(next.get(one) ?? [])].filter((other) => !seen.has(other)))
      level = [...new Set(below)].sort((a, b) => nameOf(sites, a).localeCompare(nameOf(sites, b)))
    }
  }
  return lines
}

const nameOf = (sites: ReadonlyMap<string, MapSite>, key: string): string => sites.get(key)?.name ?? ''

function broken(
  keys: readonly string[],
  sizes: ReadonlyMap<string, Pick<Box, 'width' | 'height'>>,
  widthMax: number,
): string[][] {
  const lines: string[][] = [[]]
  let width = 0
  for (const key of keys) {
    const its = (sizes.get(key)?.width ?? 0) + gap
    if (width > 0 && width + its > widthMax) {
      lines.push([])
      width = 0
    }
    lines.at(-1)?.push(key)
    width += its
  }
  return lines
}
