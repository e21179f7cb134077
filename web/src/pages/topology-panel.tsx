import { Link } from '@tanstack/react-router'

import { useDeviceState, useDirectory } from '../live/live'
import type { TopologyLink } from '../live/topology'
import { Lasting } from '../parts/clock'
import { Icon } from '../parts/icon'
import { SidePanel } from '../parts/side-panel'
import { StateBadge } from '../parts/state'
import { useWords } from '../texts/language'
import { LinkEvidence } from './link-evidence'
import { AddLink } from './link-form'
import { RemoveLink } from './link-remove'
import { loadTone } from './topology-edge'
import { isDown, loadOf, portName } from './topology-graph'
import { EndCell } from './topology-list'

interface PanelProps {
  deviceId: string
  links: readonly TopologyLink[]
  onClose: () => void
}

/** One device of the map: how it is, and what it is connected to. */
export function TopologyPanel({ deviceId, links, onClose }: PanelProps) {
  const { t, format, count } = useWords()
  const device = useDirectory().find(({ id }) => id === deviceId)
  const state = useDeviceState(deviceId)
  const own = links.filter(({ from, to }) => from.device?.id === deviceId || to.device?.id === deviceId)
  return (
    <SidePanel onClose={onClose} testId="topology-panel" title={device?.name ?? t.device.missing.title}>
      <div className="px-4 py-3">
        <p className="flex flex-wrap items-center gap-2">
          <StateBadge state={state} {...(device && { status: device.status })} />
          {state && <Lasting at={state.since} className="text-ink-mute text-xs" />}
        </p>
        <p className="mt-1.5 text-ink-mute text-sm">
          {device && `${t.network.kind[device.kind]} · ${device.site?.name ?? t.network.noSite}`}
        </p>
        <p className="font-mono text-ink-mute text-xs">{device?.address}</p>
        <Link
          className="mt-2.5 inline-flex min-h-6 items-center gap-1.5 text-accent text-sm hover:underline"
          params={{ id: deviceId }}
          to="/devices/$id"
        >
          {t.topology.openDevice}
          <Icon name="arrowRight" size={14} />
        </Link>
        <div className="mt-4 mb-1.5 flex items-center gap-2">
          <h3 className="flex-1 font-medium text-sm">{count(t.topology.links, own.length)}</h3>
          {device && <AddLink device={device} />}
        </div>
        <ul>
          {own.map((link) => {
            const isFrom = link.from.device?.id === deviceId
            const [near, far] = isFrom ? [link.from, link.to] : [link.to, link.from]
            return (
              <li className="border-line border-t py-1.5 text-sm" key={link.id}>
                <p className="flex items-center gap-2">
                  <span className="w-24 shrink-0 truncate font-mono text-ink-soft text-xs">
                    {portName(near) ?? '–'}
                  </span>
                  <EndCell end={far} />
                  <span className="ml-auto">
                    <RemoveLink link={link} />
                  </span>
                </p>
                <p className="num ml-26 text-ink-mute text-xs">
                  <span className={loadTone(loadOf(link), isDown(link)).text}>
                    {isDown(link) ? t.network.reachability.DOWN : format.percent(loadOf(link))}
                  </span>
                  {' · '}
                  <LinkEvidence link={link} />
                </p>
              </li>
            )
          })}
        </ul>
      </div>
    </SidePanel>
  )
}
