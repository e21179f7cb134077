import type { DeviceEntry } from '../live/directory'
import type { TopologyEnd, TopologyLink } from '../live/topology'

/** What is drawn at a place: a device, somebody who is not watched, or a whole site that is folded up. */
export interface MapNode {
  id: string
  /** Key of the site it stands in. */
  site: string
  name: string
  device: DeviceEntry | undefined
  /** A neighbour that is not watched. */
  stranger: boolean
  parents: readonly string[]
}

export interface MapSite {
  key: string
  name: string
  nodes: MapNode[]
}

/** The nodes of the map, by site; neighbours that are not watched stand with who hears them. */
export function sitesOf(
  devices: readonly DeviceEntry[],
  links: readonly TopologyLink[],
  parents: ReadonlyMap<string, readonly string[]>,
): Map<string, MapSite> {
  const sites = new Map<string, MapSite>()
  const places = new Map<string, string>()
  const put = (node: MapNode, name: string) => {
    const site = sites.get(node.site) ?? { key: node.site, name, nodes: [] }
    sites.set(node.site, site)
    site.nodes.push(node)
    places.set(node.id, node.site)
  }
  for (const device of devices) {
    const { id, name, site } = device
    put(
      { id, name, device, site: site?.id ?? '', stranger: false, parents: parents.get(id) ?? [] },
      site?.name ?? '',
    )
  }
  for (const { from, to } of links) {
    const [id, near] = [nodeId(to), nodeId(from)]
    const site = near && places.get(near)
    if (!id || !near || site === undefined || places.has(id)) continue
    const name = to.stranger?.name ?? to.stranger?.address ?? '?'
    put({ id, name, site, device: undefined, stranger: true, parents: [near] }, sites.get(site)?.name ?? '')
  }
  return sites
}

/** The node at an end of a link. */
export const nodeId = ({ device, stranger }: TopologyEnd): string | undefined =>
  device?.id ?? (stranger ? `stranger ${stranger.name ?? ''} ${stranger.address ?? ''}` : undefined)

/** The fullest direction of a link, 0 to 1; undefined where neither end measures it. */
export function loadOf({ from, to }: TopologyLink): number | undefined {
  const ratios = [from, to].flatMap(({ interface: port }) =>
    [port?.state?.utilizationIn, port?.state?.utilizationOut].filter((one) => one != null),
  )
  return ratios.length > 0 ? Math.max(...ratios) : undefined
}

/** Bit/s of the slower end; undefined where neither says. */
export function speedOf({ from, to }: TopologyLink): number | undefined {
  const speeds = [from, to].flatMap(({ interface: port }) => (port?.speedBps ? [Number(port.speedBps)] : []))
  return speeds.length > 0 ? Math.min(...speeds) : undefined
}

/** What flows from the first end to the second and back, as either end counts it. */
export const flowOf = ({
  from,
  to,
}: TopologyLink): { there: number | undefined; back: number | undefined } => ({
  there: from.interface?.state?.outBps ?? to.interface?.state?.inBps ?? undefined,
  back: from.interface?.state?.inBps ?? to.interface?.state?.outBps ?? undefined,
})

/** Whether an end says that the link is down. */
export const isDown = ({ from, to }: TopologyLink): boolean =>
  [from, to].some(({ interface: port }) => port?.state?.operUp === false)

/** An end of a link by what it is called. */
export interface NamedEnd {
  device: { id: string; name: string } | null
  stranger: { name: string | null; address: string | null; platform: string | null } | null
  interface: { name: string } | null
  port: string | null
}

/** The port of an end, as it is called. Undefined: it is not known which. */
export const portName = ({ interface: port, port: label }: NamedEnd): string | undefined =>
  port?.name ?? label ?? undefined
