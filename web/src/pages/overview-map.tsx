import { Link } from '@tanstack/react-router'
import { memo, useMemo, useState } from 'react'

import { useDenied } from '../app/permission'
import type { Reachability } from '../gql/graphql'
import type { DeviceEntry } from '../live/directory'
import { useDeviceState, useDirectory, useDirectoryLoaded } from '../live/live'
import { Card } from '../parts/card'
import { cx } from '../parts/cx'
import { Empty, Skeleton } from '../parts/feedback'
import { Icon } from '../parts/icon'
import { stateLook, statesWorstFirst } from '../parts/state'
import { useWidth } from '../parts/width'
import { useWords } from '../texts/language'
import { combHeight, combPlace, combStep, hexWidth, namedWidth } from './honeycomb'
import { SiteCount } from './overview-site-count'
import { HexTip, type Tip } from './overview-tip'

/** Every device as one cell of a honeycomb, by site. Cells repaint one by one as states change. */
export function AvailabilityMap() {
  const { t } = useWords()
  const entries = useDirectory()
  const loaded = useDirectoryLoaded()
  const [tip, setTip] = useState<Tip>()
  const sites = useMemo(() => bySite(entries), [entries])
  const wide = hexWidth(entries.length)
  const named = wide >= namedWidth

  return (
    <Card aside={<Legend />} title={t.overview.map.title}>
      <p className="sr-only" id="map-hint">
        {t.overview.map.hint}
      </p>
      {!loaded && <MapSkeleton />}
      {loaded && entries.length === 0 && <NoDevices />}
      <div
        className="grid gap-x-6 gap-y-5 px-4 pt-1 pb-5"
        style={{
          gridTemplateColumns: `repeat(auto-fit, minmax(min(100%, ${named ? 210 : 360}px), 1fr))`,
        }}
      >
        {sites.map(([site, devices]) => (
          <Site devices={devices} key={site} name={site || t.network.noSite} onTip={setTip} wide={wide} />
        ))}
      </div>
      {tip && <HexTip {...tip} />}
    </Card>
  )
}

interface SiteProps {
  name: string
  devices: readonly DeviceEntry[]
  wide: number
  onTip: (tip: Tip | undefined) => void
}

function Site({ name, devices, wide, onTip }: SiteProps) {
  const [box, width] = useWidth<HTMLUListElement>()
  const [current, setCurrent] = useState(0)
  const perRow = Math.max(1, Math.floor((width - combStep(wide) / 2) / combStep(wide)))
  const places = width > 0 ? devices.map((_, index) => combPlace(index, perRow, wide)) : []

  const move = (event: React.KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: perRow, ArrowUp: -perRow }[event.key]
    const next = by && current + by
    if (next === undefined || next < 0 || next >= devices.length) return
    event.preventDefault()
    setCurrent(next)
    box.current?.querySelectorAll('a')[next]?.focus()
  }

  return (
    <section aria-label={name} className="min-w-0">
      <h3 className="mb-2 flex items-baseline gap-2">
        <span className="truncate font-medium text-sm">{name}</span>
        <SiteCount ids={devices} />
      </h3>
      <ul
        aria-describedby="map-hint"
        className="relative"
        onBlur={() => onTip(undefined)}
        onKeyDown={move}
        onPointerLeave={() => onTip(undefined)}
        ref={box}
        style={{ height: combHeight(devices.length, perRow, wide) }}
      >
        {places.map(({ x, y }, index) => {
          const device = devices[index]
          return (
            device && (
              <Hex
                device={device}
                focusable={index === Math.min(current, devices.length - 1)}
                key={device.id}
                onTip={onTip}
                wide={wide}
                x={x}
                y={y}
              />
            )
          )
        })}
      </ul>
    </section>
  )
}

interface HexProps {
  device: DeviceEntry
  x: number
  y: number
  wide: number
  focusable: boolean
  onTip: (tip: Tip | undefined) => void
}

const hexShape = 'polygon(50% 0, 100% 25%, 100% 75%, 50% 100%, 0 75%, 0 25%)'

const Hex = memo(function Hex({ device, x, y, wide, focusable, onTip }: HexProps) {
  const { t } = useWords()
  const state: Reachability = useDeviceState(device.id)?.reachability ?? 'UNKNOWN'
  const paused = device.status === 'DISABLED'
  const { icon, solid } = stateLook[state]
  const named = wide >= namedWidth
  const calm = state === 'UP' || paused
  const show = (target: Element) => onTip({ device, box: target.getBoundingClientRect() })
  return (
    <li className="absolute" style={{ left: x, top: y, width: wide, height: wide * 1.12 }}>
      <Link
        aria-label={`${device.name}: ${paused ? t.network.status.DISABLED : t.network.reachability[state]}`}
        className="group flex size-full items-center justify-center outline-none"
        data-device-name={device.name}
        data-state={state}
        onFocus={(event) => show(event.currentTarget)}
        onPointerEnter={(event) => show(event.currentTarget)}
        params={{ id: device.id }}
        preload={false}
        tabIndex={focusable ? 0 : -1}
        to="/devices/$id"
      >
        <span
          className="absolute inset-0 bg-transparent transition-colors group-hover:bg-ink group-focus-visible:bg-ink"
          style={{ clipPath: hexShape }}
        />
        <span
          className={cx(
            'absolute inset-[2px] flex flex-col items-center justify-center text-white transition-colors duration-300 dark:text-canvas',
            paused ? 'bg-unknown/60' : solid,
            calm && !paused && !named && 'opacity-85 group-hover:opacity-100',
          )}
          style={{ clipPath: hexShape }}
        >
          {(wide >= 30 || !calm) && (
            <Icon name={paused ? 'pause' : icon} size={named ? 22 : Math.round(wide * 0.46)} />
          )}
          {named && (
            <span className="max-w-[76px] truncate font-medium text-[11px] leading-tight">{device.name}</span>
          )}
        </span>
      </Link>
    </li>
  )
})

function Legend() {
  const { t } = useWords()
  return (
    <ul
      aria-label={t.overview.map.legend}
      className="hidden flex-wrap gap-x-3.5 gap-y-1 text-ink-mute text-xs sm:flex"
    >
      {statesWorstFirst.toReversed().map((state) => (
        <li className="flex items-center gap-1.5" key={state}>
          <span
            className={cx(
              'flex size-3.5 items-center justify-center text-white dark:text-canvas',
              stateLook[state].solid,
            )}
            style={{ clipPath: hexShape }}
          >
            <Icon name={stateLook[state].icon} size={9} />
          </span>
          {t.network.reachability[state]}
        </li>
      ))}
    </ul>
  )
}

function NoDevices() {
  const { t } = useWords()
  const denied = useDenied('device.write')
  return (
    <Empty hint={t.overview.map.emptyHint} icon="devices" title={t.overview.map.empty}>
      {!denied && (
        <Link
          className="inline-flex h-[34px] items-center gap-1.5 rounded-[7px] bg-accent px-3 font-medium text-accent-ink"
          search={{ form: 'new' }}
          to="/devices"
        >
          <Icon name="plus" />
          {t.devices.add}
        </Link>
      )}
    </Empty>
  )
}

const MapSkeleton = () => (
  <div className="grid gap-8 px-4 pb-5 md:grid-cols-2">
    {[0, 1].map((each) => (
      <div key={each}>
        <Skeleton className="mb-3 h-4 w-32" />
        <Skeleton className="h-28 w-full" />
      </div>
    ))}
  </div>
)

function bySite(entries: readonly DeviceEntry[]): [string, DeviceEntry[]][] {
  const groups = Map.groupBy(entries, ({ site }) => site?.name ?? '')
  // Devices without a site come last.
  return [...groups].sort(([a], [b]) => Number(a === '') - Number(b === '') || a.localeCompare(b))
}
