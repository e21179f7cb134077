import { useStates } from '../live/live'
import { cx } from '../parts/cx'
import { iconPath } from '../parts/icon'
import { stateLook, statesWorstFirst } from '../parts/state'
import { useWords } from '../texts/language'
import type { PlacedSite } from './topology-layout'

/** The frame of a site, or, folded up, the site as one thing with how its devices are. */
export function TopologySite({ placed, onTurn }: { placed: PlacedSite; onTurn: (key: string) => void }) {
  const { t, fill } = useWords()
  const { site, open, x, y, width, height } = placed
  const name = site.name || t.network.noSite
  return (
    <g transform={`translate(${x} ${y})`}>
      <rect
        className={open ? 'fill-surface/60 stroke-line' : 'fill-surface stroke-line-strong'}
        height={height}
        rx={12}
        strokeWidth={1.25}
        width={width}
      />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the map is for pointers; the list needs no folding */}
      <g
        className="cursor-pointer"
        data-site={name}
        data-testid="topology-site"
        onClick={() => onTurn(site.key)}
      >
        <title>{fill(open ? t.topology.fold : t.topology.unfold, { site: name })}</title>
        <rect className="fill-transparent" height={open ? 34 : height} width={width} />
        <path
          className="fill-none stroke-ink-mute"
          d={iconPath(open ? 'chevronDown' : 'chevronRight')}
          strokeLinecap="round"
          strokeLinejoin="round"
          strokeWidth={2}
          transform="translate(10 9) scale(0.72)"
        />
        <text className="fill-ink font-medium text-[13.5px]" x={32} y={23}>
          {name}
        </text>
        <text className="num fill-ink-mute text-[12px]" textAnchor="end" x={width - 14} y={23}>
          {site.nodes.length}
        </text>
        {!open && <SiteStates placed={placed} />}
      </g>
    </g>
  )
}

/** How many devices of a folded site are in each state, worst first. */
function SiteStates({ placed: { site } }: { placed: PlacedSite }) {
  const states = useStates()
  const counts = new Map<string, number>()
  for (const { id, stranger } of site.nodes) {
    const state = stranger ? undefined : (states.get(id)?.reachability ?? 'UNKNOWN')
    if (state) counts.set(state, (counts.get(state) ?? 0) + 1)
  }
  const shown = statesWorstFirst.filter((state) => counts.has(state)).slice(0, 4)
  return shown.map((state, n) => (
    <g key={state} transform={`translate(${24 + n * 43} 52)`}>
      <circle className={cx(fillOf[state])} r={9} />
      <path
        className="fill-none stroke-white dark:stroke-canvas"
        d={iconPath(stateLook[state].icon)}
        strokeLinecap="round"
        strokeLinejoin="round"
        strokeWidth={3}
        transform="translate(-6.2 -6.2) scale(0.52)"
      />
      <text className="num fill-ink text-[12.5px]" x={13} y={4.5}>
        {counts.get(state)}
      </text>
    </g>
  ))
}

const fillOf = {
  UP: 'fill-up',
  DEGRADED: 'fill-degraded',
  DOWN: 'fill-down',
  UNREACHABLE: 'fill-unreachable',
  UNKNOWN: 'fill-unknown',
} as const
