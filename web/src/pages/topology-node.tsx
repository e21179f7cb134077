import { memo } from 'react'

import type { DeviceKind } from '../gql/graphql'
import { useDeviceState } from '../live/live'
import { cx } from '../parts/cx'
import { type IconName, iconPath } from '../parts/icon'
import { stateLook } from '../parts/state'
import { useWords } from '../texts/language'
import type { MapNode } from './topology-graph'

/** A shape for each kind, on a 24 × 24 grid. */
const kindPaths: Readonly<Record<DeviceKind, string>> = {
  ROUTER:
    'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7v10M7 12h10M9.5 9.5 12 7l2.5 2.5M9.5 14.5 12 17l2.5-2.5',
  SWITCH: 'M3.5 7.5h17v9h-17zM7 12.5h4M9.5 11 11 12.5 9.5 14M17 11h-4M14.5 9.5 13 11l1.5 1.5',
  FIREWALL: 'M4 5h16v14H4zM4 9.7h16M4 14.3h16M9 5v4.7M15 5v4.7M12 9.7v4.6M9 14.3V19M15 14.3V19',
  SERVER: 'M6 3.5h12v17H6zM9 7.5h6M9 11h6M12 16.5h.01',
  ACCESS_POINT: 'M12 17h.01M8.5 13.5a5 5 0 0 1 7 0M5.5 10.5a9.2 9.2 0 0 1 13 0M3 7.5a13 13 0 0 1 18 0',
  PRINTER: 'M7 8V3.5h10V8M4 8h16v8.5h-3V13H7v3.5H4zM7 13v7.5h10V13',
  UPS: 'M5 6.5h14v13H5zM9 6.5v-3h6v3M12.5 9.5l-3 4h4l-2 3.5',
  OTHER: 'M5 5h14v14H5zM12 12h.01',
}

const markOf = {
  UP: 'fill-up',
  DEGRADED: 'fill-degraded',
  DOWN: 'fill-down',
  UNREACHABLE: 'fill-unreachable',
  UNKNOWN: 'fill-unknown',
} as const

interface NodeProps {
  node: MapNode
  x: number
  y: number
  chosen: boolean
  /** Something else is looked for. */
  faint: boolean
  onOpen: (node: MapNode) => void
}

/** One device of the map: its kind as a picture, its state as a coloured mark with a shape. Paints alone. */
export const TopologyNode = memo(function TopologyNode({ node, x, y, chosen, faint, onOpen }: NodeProps) {
  const { t } = useWords()
  const { id, device, stranger, name } = node
  const state = useDeviceState(id)?.reachability ?? 'UNKNOWN'
  const paused = device?.status === 'DISABLED'
  const icon: IconName = paused ? 'pause' : stateLook[state].icon
  const said = stranger
    ? t.topology.unwatched
    : paused
      ? t.network.status.DISABLED
      : t.network.reachability[state]
  const trouble =
    !stranger && !paused && (state === 'DOWN' || state === 'UNREACHABLE' || state === 'DEGRADED')
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the list shows the same by keyboard, the map is for pointers
    <g
      className={cx('cursor-pointer', faint && 'opacity-20')}
      data-device-name={name}
      data-state={stranger ? 'STRANGER' : state}
      data-testid="topology-node"
      onClick={() => onOpen(node)}
      transform={`translate(${x} ${y})`}
    >
      <title>{`${name}: ${said}`}</title>
      <rect
        className={cx(
          'fill-surface',
          chosen ? 'stroke-accent' : trouble ? strokeOf[state] : 'stroke-line-strong',
        )}
        height={40}
        rx={11}
        strokeDasharray={stranger ? '4 3' : undefined}
        strokeWidth={chosen ? 3 : trouble ? 2.25 : 1.25}
        width={48}
        x={-24}
        y={-20}
      />
      <path
        className={cx('fill-none', stranger ? 'stroke-ink-mute' : 'stroke-ink-soft')}
        d={
          stranger
            ? 'M8.5 9a3.5 3.5 0 1 1 5.3 3c-1.2.7-1.8 1.4-1.8 2.8M12 18.5h.01'
            : kindPaths[device?.kind ?? 'OTHER']
        }
        strokeLinecap="round"
        strokeLinejoin="round"
        strokeWidth={1.6}
        transform="translate(-13 -13) scale(1.08)"
      />
      {!stranger && (
        <g transform="translate(23 -19)">
          <circle
            className={cx('stroke-surface', paused ? 'fill-unknown' : markOf[state])}
            r={9}
            strokeWidth={2}
          />
          <path
            className="fill-none stroke-white dark:stroke-canvas"
            d={iconPath(icon)}
            strokeLinecap="round"
            strokeLinejoin="round"
            strokeWidth={3}
            transform="translate(-6.2 -6.2) scale(0.52)"
          />
        </g>
      )}
      <text
        className="fill-ink stroke-canvas text-[12px]"
        paintOrder="stroke"
        strokeWidth={3.5}
        textAnchor="middle"
        y={35}
      >
        {name.length > 16 ? `${name.slice(0, 15)}…` : name}
      </text>
    </g>
  )
})

const strokeOf = {
  DOWN: 'stroke-down',
  UNREACHABLE: 'stroke-unreachable',
  DEGRADED: 'stroke-degraded',
  UP: '',
  UNKNOWN: '',
} as const
