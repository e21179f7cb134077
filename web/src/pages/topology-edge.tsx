import { memo } from 'react'

import { cx } from '../parts/cx'
import type { MapEdge } from './topology-edges'

/** The colour of a load: the darker of the network's own warning colours as it fills. */
export function loadTone(load: number | undefined, down: boolean): { stroke: string; text: string } {
  if (down) return { stroke: 'stroke-down', text: 'text-down-ink' }
  if (load === undefined) return { stroke: 'stroke-line-strong', text: 'text-ink-mute' }
  if (load >= 0.9) return { stroke: 'stroke-down', text: 'text-down-ink' }
  if (load >= 0.7) return { stroke: 'stroke-degraded', text: 'text-degraded-ink' }
  return load >= 0.3
    ? { stroke: 'stroke-info', text: 'text-info-ink' }
    : { stroke: 'stroke-up', text: 'text-up-ink' }
}

interface EdgeProps {
  edge: MapEdge
  faint: boolean
  onTip: (edge: MapEdge | undefined, at?: { x: number; y: number }) => void
}

/** A link: the wider the faster, coloured by how full it is; dashed when nobody tells it any more, dotted when shared. */
export const TopologyEdge = memo(function TopologyEdge({ edge, faint, onTip }: EdgeProps) {
  const { path, load, width, down, old, shared } = edge
  return (
    <g
      className={faint ? 'opacity-15' : undefined}
      data-testid="topology-edge"
      onPointerEnter={(event) => onTip(edge, { x: event.clientX, y: event.clientY })}
      onPointerLeave={() => onTip(undefined)}
    >
      <path
        className={cx('fill-none', loadTone(load, down).stroke)}
        d={path}
        strokeDasharray={shared ? '1 6' : old || down ? '7 5' : undefined}
        strokeLinecap="round"
        strokeOpacity={old ? 0.5 : 0.85}
        strokeWidth={width}
      />
      <path className="fill-none stroke-transparent" d={path} strokeWidth={14} />
    </g>
  )
})
