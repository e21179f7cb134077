import { select } from 'd3-selection'
import { type D3ZoomEvent, type ZoomBehavior, zoom, zoomIdentity } from 'd3-zoom'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'

import type { TopologyLink } from '../live/topology'
import { IconButton } from '../parts/button'
import { useWords } from '../texts/language'
import { TopologyEdge } from './topology-edge'
import { edgesOf, type MapEdge } from './topology-edges'
import { type MapNode, type MapSite, nodeId } from './topology-graph'
import { layOut } from './topology-layout'
import { TopologyNode } from './topology-node'
import { TopologySite } from './topology-site'
import { type EdgeAt, TopologyTip } from './topology-tip'

interface MapProps {
  sites: ReadonlyMap<string, MapSite>
  links: readonly TopologyLink[]
  isOpen: (key: string) => boolean
  /** Nodes that are looked for; undefined: nothing is. */
  found: ReadonlySet<string> | undefined
  chosen: string | undefined
  onOpen: (node: MapNode) => void
  onTurn: (key: string) => void
}

const margin = 28

/** The network as a drawing that can be moved and magnified. Moving changes one attribute and renders nothing. */
export function TopologyMap({ sites, links, isOpen, found, chosen, onOpen, onTurn }: MapProps) {
  const { t } = useWords()
  const [tip, setTip] = useState<EdgeAt>()
  const layout = useMemo(() => layOut(sites, siteLinksOf(sites, links), isOpen), [sites, links, isOpen])
  const edges = useMemo(() => edgesOf(links, layout), [links, layout])
  const { frame, content, scaleBy, fit } = useZoom(layout)
  const showTip = useCallback(
    (edge: MapEdge | undefined, at?: { x: number; y: number }) => setTip(edge && at && { edge, at }),
    [],
  )
  const open = useCallback((node: MapNode) => onOpen(node), [onOpen])
  return (
    <div className="relative min-h-0 flex-1 overflow-hidden rounded-[10px]">
      <svg
        aria-describedby="topology-hint"
        aria-label={t.topology.map}
        className="absolute inset-0 size-full touch-none select-none bg-canvas/60"
        data-testid="topology-map"
        ref={frame}
        role="img"
      >
        <g ref={content}>
          {layout.sites.map((placed) => (
            <TopologySite key={placed.site.key} onTurn={onTurn} placed={placed} />
          ))}
          {edges.map((edge) => (
            <TopologyEdge
              edge={edge}
              faint={found !== undefined && !touches(edge, found)}
              key={edge.id}
              onTip={showTip}
            />
          ))}
          {[...layout.nodes.values()].map(({ node, x, y }) => (
            <TopologyNode
              chosen={node.id === chosen}
              faint={found !== undefined && !found.has(node.id)}
              key={node.id}
              node={node}
              onOpen={open}
              x={x}
              y={y}
            />
          ))}
        </g>
      </svg>
      <div className="absolute right-3 bottom-3 flex flex-col gap-1 rounded-[9px] border border-line bg-surface p-1 shadow-card">
        <IconButton icon="plus" label={t.topology.zoomIn} onClick={() => scaleBy(1.4)} />
        <IconButton icon="minus" label={t.topology.zoomOut} onClick={() => scaleBy(1 / 1.4)} />
        <IconButton icon="fit" label={t.topology.fit} onClick={fit} />
      </div>
      {tip && <TopologyTip {...tip} />}
    </div>
  )
}

const touches = ({ links }: MapEdge, found: ReadonlySet<string>): boolean =>
  links.some(({ from, to }) => found.has(nodeId(from) ?? '') || found.has(nodeId(to) ?? ''))

/** Which sites are connected. */
function siteLinksOf(sites: ReadonlyMap<string, MapSite>, links: readonly TopologyLink[]) {
  const siteOf = new Map(
    [...sites.values()].flatMap(({ key, nodes }) => nodes.map(({ id }) => [id, key] as const)),
  )
  return links.flatMap(({ from, to }) => {
    const [a, b] = [siteOf.get(nodeId(from) ?? ''), siteOf.get(nodeId(to) ?? '')]
    return a !== undefined && b !== undefined && a !== b ? [{ a, b }] : []
  })
}

/** Wheel, drag, pinch and double click by d3-zoom; the whole drawing fits at first, and whenever its size changes. */
function useZoom({ width, height }: { width: number; height: number }) {
  const frame = useRef<SVGSVGElement>(null)
  const content = useRef<SVGGElement>(null)
  const behaviour = useRef<ZoomBehavior<SVGSVGElement, unknown> | null>(null)

  useEffect(() => {
    if (!frame.current) return undefined
    const zooming = zoom<SVGSVGElement, unknown>()
      .scaleExtent([0.04, 3])
      .on('zoom', ({ transform }: D3ZoomEvent<SVGSVGElement, unknown>) =>
        content.current?.setAttribute('transform', transform.toString()),
      )
    behaviour.current = zooming
    const drawn = select(frame.current).call(zooming)
    return () => void drawn.on('.zoom', null)
  }, [])

  const fit = useCallback(() => {
    const [svg, zooming] = [frame.current, behaviour.current]
    if (!svg || !zooming || width === 0) return
    const box = svg.getBoundingClientRect()
    const scale = Math.min(1.25, (box.width - 2 * margin) / width, (box.height - 2 * margin) / height)
    const at = zoomIdentity
      .translate((box.width - width * scale) / 2, (box.height - height * scale) / 2)
      .scale(scale)
    select(svg).call(zooming.transform, at)
  }, [width, height])

  useEffect(fit, [fit])
  useEffect(() => {
    const svg = frame.current
    if (!svg) return undefined
    const watching = new ResizeObserver(fit)
    watching.observe(svg)
    return () => watching.disconnect()
  }, [fit])

  const scaleBy = (by: number) => {
    if (frame.current && behaviour.current) select(frame.current).call(behaviour.current.scaleBy, by)
  }
  return { frame, content, scaleBy, fit }
}
