import { createPortal } from 'react-dom'

import type { DeviceEntry } from '../live/directory'
import { useDeviceState } from '../live/live'
import { Lasting } from '../parts/clock'
import { StateBadge } from '../parts/state'
import { useWords } from '../texts/language'

export interface Tip {
  device: DeviceEntry
  box: DOMRect
}

/** What a cell of the map stands for. One element for all cells: a thousand tooltips would weigh too much. */
export function HexTip({ device, box }: Tip) {
  const { t, format } = useWords()
  const state = useDeviceState(device.id)
  const reason = state && t.network.reason[state.reason as keyof typeof t.network.reason]
  const above = box.top > 190
  return createPortal(
    <div
      className="popover pointer-events-none fixed z-40 w-60 px-3 py-2.5"
      role="tooltip"
      style={{
        left: Math.min(Math.max(8, box.left + box.width / 2 - 120), window.innerWidth - 248),
        ...(above ? { bottom: window.innerHeight - box.top + 6 } : { top: box.bottom + 6 }),
      }}
    >
      <p className="truncate font-medium">{device.name}</p>
      <p className="mb-1.5 font-mono text-ink-mute text-xs">{device.address}</p>
      <p className="flex items-center gap-2">
        <StateBadge state={state} status={device.status} />
        {state && <Lasting at={state.since} className="text-ink-mute text-xs" />}
      </p>
      {reason && state?.reachability !== 'UP' && <p className="mt-1 text-ink-soft text-xs">{reason}</p>}
      <dl className="num mt-2 grid grid-cols-3 gap-2 border-line border-t pt-1.5 text-xs">
        {(
          [
            [t.overview.top.rtt, format.ms(state?.rttMs)],
            [t.overview.top.loss, format.percent(state?.lossRatio)],
            [t.overview.top.cpu, format.percent(state?.cpuRatio)],
          ] as const
        ).map(([name, value]) => (
          <div key={name}>
            <dt className="text-ink-mute">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>,
    document.body,
  )
}
