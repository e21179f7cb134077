import { useFragment } from '@apollo/client/react'
import { Link } from '@tanstack/react-router'
import { createContext, type ReactNode, useContext } from 'react'

import { type DeviceListQuery, type DeviceRowFragment, DeviceRowFragmentDoc } from '../gql/graphql'
import { useDeviceState } from '../live/live'
import { Ago, Lasting } from '../parts/clock'
import { DeviceDot } from '../parts/device-dot'
import { Flash } from '../parts/flash'
import { Meter, StateBadge } from '../parts/state'
import { useWords } from '../texts/language'

export type DeviceNode = DeviceListQuery['devices']['nodes'][number]

const RowContext = createContext<DeviceRowFragment | undefined>(undefined)

/** Reads a row's device from the cache, where streams and forms write it, and gives it to the row's cells. */
export function DeviceScope({ row, children }: { row: DeviceNode; children: ReactNode }) {
  const { data, complete } = useFragment({ fragment: DeviceRowFragmentDoc, from: row })
  return complete ? <RowContext value={data as DeviceRowFragment}>{children}</RowContext> : null
}

/** The device of the row this cell stands in. */
export function useRowDevice(): DeviceRowFragment {
  const device = useContext(RowContext)
  if (!device) throw new Error('a device cell stands outside DeviceScope')
  return device
}

export function StateCell() {
  const { id, status } = useRowDevice()
  const state = useDeviceState(id)
  return (
    <Flash value={state?.reachability}>
      <StateBadge state={state} status={status} />
    </Flash>
  )
}

export function NameCell() {
  const { id, name } = useRowDevice()
  return (
    <Link
      className="font-medium hover:text-accent hover:underline"
      params={{ id }}
      preload={false}
      to="/devices/$id"
    >
      {name}
    </Link>
  )
}

export const AddressCell = () => <span className="font-mono text-[13px]">{useRowDevice().address}</span>

export const SiteCell = () => useRowDevice().site?.name ?? <None />

export function KindCell() {
  const { t } = useWords()
  return t.network.kind[useRowDevice().kind]
}

export function ModelCell() {
  const { vendor, model } = useRowDevice()
  if (!vendor && !model) return <None />
  return (
    <span
      className="inline-block max-w-60 truncate align-bottom"
      title={[vendor, model].filter(Boolean).join(' ')}
    >
      {vendor} <span className="text-ink-mute">{model}</span>
    </span>
  )
}

export const OsCell = () => useRowDevice().osVersion ?? <None />

export function RttCell() {
  const { format } = useWords()
  const rtt = useDeviceState(useRowDevice().id)?.rttMs
  const text = format.ms(rtt)
  return <Flash value={text}>{text}</Flash>
}

export function LossCell() {
  const { format } = useWords()
  const loss = useDeviceState(useRowDevice().id)?.lossRatio
  const text = format.percent(loss)
  return (
    <Flash value={text}>
      <span className={loss ? 'font-medium text-degraded-ink' : undefined}>{text}</span>
    </Flash>
  )
}

export function CpuCell() {
  const { t } = useWords()
  return <Meter label={t.network.metric.cpu} ratio={useDeviceState(useRowDevice().id)?.cpuRatio} />
}

export function MemoryCell() {
  const { t } = useWords()
  return <Meter label={t.network.metric.memory} ratio={useDeviceState(useRowDevice().id)?.memoryRatio} />
}

export function SinceCell() {
  const state = useDeviceState(useRowDevice().id)
  return state ? <Lasting at={state.since} className="text-ink-soft" /> : <None />
}

export function PolledCell() {
  const { t } = useWords()
  const state = useDeviceState(useRowDevice().id)
  if (!state?.lastPolledAt) return <span className="text-ink-mute">{t.shell.states.never}</span>
  return <Ago at={state.lastPolledAt} className="text-ink-soft" />
}

export function TagsCell() {
  const { tags } = useRowDevice()
  if (tags.length === 0) return <None />
  return (
    <span className="inline-flex gap-1">
      {tags.map((tag) => (
        <span
          className="inline-flex h-6 items-center rounded-md bg-sunken px-1.5 text-ink-soft text-xs"
          key={tag}
        >
          {tag}
        </span>
      ))}
    </span>
  )
}

const None = () => <span className="text-ink-mute">–</span>

/** A device as a card, where a table would not fit. */
export function DeviceCard({ menu }: { menu: ReactNode }) {
  const { t, format } = useWords()
  const { id, name, address, site, status } = useRowDevice()
  const state = useDeviceState(id)
  return (
    <li
      className="relative flex items-start gap-3 border-line border-b px-4 py-3"
      data-device-name={name}
      data-testid="device-row"
    >
      <span className="mt-0.5">
        <DeviceDot id={id} size={22} />
      </span>
      <div className="min-w-0 flex-1">
        <Link
          className="block truncate font-medium after:absolute after:inset-0"
          params={{ id }}
          to="/devices/$id"
        >
          {name}
        </Link>
        <p className="truncate text-ink-mute text-sm">
          <span className="font-mono text-[13px]">{address}</span>
          {site && ` · ${site.name}`}
        </p>
        <p className="num mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-[13px] text-ink-soft">
          <StateBadge state={state} status={status} />
          {state?.rttMs != null && <span>{format.ms(state.rttMs)}</span>}
          {state?.cpuRatio != null && (
            <span>
              {t.network.metric.cpu} {format.percent(state.cpuRatio)}
            </span>
          )}
          {Boolean(state?.lossRatio) && (
            <span className="text-degraded-ink">
              {t.overview.top.loss} {format.percent(state?.lossRatio)}
            </span>
          )}
        </p>
      </div>
      <span className="relative">{menu}</span>
    </li>
  )
}
