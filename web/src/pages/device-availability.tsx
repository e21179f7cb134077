import { useQuery } from '@apollo/client/react'

import { loaded } from '../app/loaded'
import { DeviceAvailabilityDocument, type DeviceAvailabilityQuery, type TimeRangeInput } from '../gql/graphql'
import { Card } from '../parts/card'
import { useNow } from '../parts/clock'
import { cx } from '../parts/cx'
import { ProblemNote, Skeleton } from '../parts/feedback'
import { Icon } from '../parts/icon'
import type { SeriesStore } from '../parts/series'
import type { Window } from '../parts/time-chart'
import { useWords } from '../texts/language'

type Availability = NonNullable<NonNullable<DeviceAvailabilityQuery['device']>['availability']>

interface AvailabilityCardProps {
  deviceId: string
  range: TimeRangeInput
  /** Holds the line `device.up`: where the device was measured at all. */
  store: SeriesStore
  window: Window
}

/** What share of the window the device was up, and when it was not. */
export function AvailabilityCard({ deviceId, range, store, window: shown }: AvailabilityCardProps) {
  const { t } = useWords()
  const query = useQuery(DeviceAvailabilityDocument, {
    variables: { id: deviceId, range },
    ...(shown.live && { pollInterval: 30_000 }),
  })
  const { data, error, first, refreshing } = loaded(query)
  const availability = data?.device?.availability
  return (
    <Card refreshing={refreshing} title={t.device.availability.title}>
      {error !== undefined && (
        <ProblemNote
          className="mx-4 mb-3"
          error={error}
          keeps={Boolean(availability)}
          onRetry={() => void query.refetch()}
        />
      )}
      {first && <Skeleton className="mx-4 mb-4 h-28" />}
      {availability && <Figures availability={availability} store={store} window={shown} />}
    </Card>
  )
}

function Figures({
  availability,
  ...rest
}: {
  availability: Availability
  store: SeriesStore
  window: Window
}) {
  const { t, format } = useWords()
  const { ratio, downSeconds, unknownSeconds, dataCompleteness, outages } = availability
  const a = t.device.availability
  const figures = [
    [a.ratio, format.percent(ratio, 2), ratio !== null && ratio < 0.99],
    [a.down, format.duration(downSeconds), downSeconds > 0],
    [a.unknown, format.duration(unknownSeconds), false],
    [a.complete, format.percent(dataCompleteness, 1), dataCompleteness < 0.95],
  ] as const
  return (
    <div className="px-4 pb-4">
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        {figures.map(([name, value, bad]) => (
          <div key={name}>
            <dt className="text-ink-mute text-xs">{name}</dt>
            <dd className={cx('num font-semibold text-lg', bad && 'text-degraded-ink')}>{value}</dd>
          </div>
        ))}
      </dl>
      <Strip {...rest} outages={outages} />
      {outages.length === 0 ? (
        <p className="flex items-center gap-1.5 text-sm text-up-ink">
          <Icon name="checkCircle" />
          {a.none}
        </p>
      ) : (
        <Outages outages={outages} />
      )}
    </div>
  )
}

/** The window as a strip: measured and up, down, and not measured. */
function Strip({
  outages,
  store,
  window: shown,
}: {
  outages: Availability['outages']
  store: SeriesStore
  window: Window
}) {
  const { t, format } = useWords()
  const now = useNow(10) / 1000
  const [from, to] = shown.live ? [now - shown.seconds, now] : [shown.from, shown.to]
  const place = (at: number) => `${Math.min(100, Math.max(0, ((at - from) / (to - from)) * 100))}%`
  return (
    <div
      aria-label={t.device.availability.strip}
      className="relative my-3 h-6 overflow-hidden rounded-md bg-sunken dark:bg-line"
      role="img"
    >
      {store.measured('device.up').map(([start, end]) => (
        <span
          className="absolute inset-y-0 min-w-px bg-up/85"
          key={start}
          style={{ left: place(start), width: `calc(${place(end)} - ${place(start)})` }}
        />
      ))}
      {outages.map(({ from: start, to: end }) => {
        const [left, right] = [Date.parse(start) / 1000, end ? Date.parse(end) / 1000 : now]
        return (
          <span
            className="absolute inset-y-0 min-w-[3px] border-surface border-x bg-down"
            key={start}
            style={{ left: place(left), width: `calc(${place(right)} - ${place(left)})` }}
            title={`${format.full(left * 1000)} – ${format.duration(right - left)}`}
          />
        )
      })}
    </div>
  )
}

function Outages({ outages }: { outages: Availability['outages'] }) {
  const { t, format } = useWords()
  return (
    <ul className="num max-h-40 overflow-y-auto text-sm">
      {outages.map(({ from, to, reason }) => {
        const start = Date.parse(from)
        return (
          <li className="flex flex-wrap items-center gap-x-3 border-line border-t py-1.5" key={from}>
            <Icon className="text-down-ink" name="down" size={14} />
            <span>{format.full(start)}</span>
            <span className="font-medium">
              {to ? format.duration((Date.parse(to) - start) / 1000) : t.device.availability.ongoing}
            </span>
            <span className="text-ink-mute">
              {t.network.reason[reason as keyof typeof t.network.reason] ?? reason}
            </span>
          </li>
        )
      })}
    </ul>
  )
}
