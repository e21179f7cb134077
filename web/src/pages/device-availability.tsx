import { useQuery } from '@apollo/client/react'
import { useEffect } from 'react'

import { loaded } from '../app/loaded'
import {
  DeviceAvailabilityDocument,
  type DeviceAvailabilityQuery,
  DeviceStateHistoryDocument,
  type TimeRangeInput,
} from '../gql/graphql'
import { useDeviceState } from '../live/live'
import { Card } from '../parts/card'
import { useNow } from '../parts/clock'
import { cx } from '../parts/cx'
import { ProblemNote, Skeleton } from '../parts/feedback'
import { Icon } from '../parts/icon'
import { stateLook } from '../parts/state'
import { type StateSpan, stateSpans } from '../parts/state-spans'
import { StateStrip } from '../parts/state-strip'
import { spanOf, type Window } from '../parts/time-window'
import { useWords } from '../texts/language'

interface AvailabilityCardProps {
  deviceId: string
  range: TimeRangeInput
  window: Window
}

/** As many changes as one page tells; a device with more in the window is in no state worth drawing. */
const changesMax = 200

/** What share of the window the device was up, and when, and why, it was not. */
export function AvailabilityCard({ deviceId, range, window: shown }: AvailabilityCardProps) {
  const { t } = useWords()
  const poll = shown.live && { pollInterval: 30_000 }
  const query = useQuery(DeviceAvailabilityDocument, { variables: { id: deviceId, range }, ...poll })
  const history = useQuery(DeviceStateHistoryDocument, {
    variables: { filter: { deviceIds: [deviceId] }, first: changesMax },
  })
  const since = useDeviceState(deviceId)?.since
  const { refetch } = history
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of state is what there is to fetch again for
  useEffect(() => void refetch().catch(() => undefined), [since, refetch])
  const { data, error, first, refreshing } = loaded(query)
  const changes = loaded(history).data?.stateChanges.nodes
  const availability = data?.device?.availability
  return (
    <Card className="xl:col-span-2" refreshing={refreshing} title={t.device.availability.title}>
      {error !== undefined && (
        <ProblemNote
          className="mx-4 mb-3"
          error={error}
          keeps={Boolean(availability)}
          onRetry={() => void query.refetch()}
        />
      )}
      {first && <Skeleton className="mx-4 mb-4 h-28" />}
      {availability && (
        <div className="px-4 pb-3">
          <Figures availability={availability} />
          {changes && (
            <History
              changes={changes.map((change) => ({ ...change, at: Date.parse(change.at) / 1000 }))}
              window={shown}
            />
          )}
        </div>
      )}
    </Card>
  )
}

type Availability = NonNullable<NonNullable<DeviceAvailabilityQuery['device']>['availability']>

function Figures({ availability }: { availability: Availability }) {
  const { t, format } = useWords()
  const { ratio, downSeconds, unknownSeconds, dataCompleteness } = availability
  const a = t.device.availability
  const figures = [
    [a.ratio, format.percent(ratio, 2), ratio !== null && ratio < 0.99],
    [a.down, format.duration(downSeconds), downSeconds > 0],
    [a.unknown, format.duration(unknownSeconds), false],
    [a.complete, format.percent(dataCompleteness, 1), dataCompleteness < 0.95],
  ] as const
  return (
    <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
      {figures.map(([name, value, bad]) => (
        <div key={name}>
          <dt className="text-ink-mute text-xs">{name}</dt>
          <dd className={cx('num font-semibold text-lg', bad && 'text-degraded-ink')}>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function History({ changes, window: shown }: { changes: Parameters<typeof stateSpans>[0]; window: Window }) {
  const { t, format } = useWords()
  const span = spanOf(shown, useNow(10) / 1000)
  const spans = stateSpans(changes, span)
  const reasonOf = ({ reason }: StateSpan) =>
    reason === null ? '' : (t.network.reason[reason as keyof typeof t.network.reason] ?? reason)
  const troubles = spans.filter(({ state }) => state !== 'UP').reverse()
  return (
    <>
      <StateStrip
        label={t.device.availability.strip}
        nameOf={(state) => t.network.reachability[state]}
        noteOf={reasonOf}
        shown={span}
        spans={spans}
      />
      {troubles.length === 0 ? (
        <p className="flex items-center gap-1.5 text-sm text-up-ink">
          <Icon name="checkCircle" />
          {t.device.availability.none}
        </p>
      ) : (
        <ul
          aria-label={t.device.availability.troubles}
          className="num max-h-36 overflow-y-auto text-sm"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          tabIndex={0}
        >
          {troubles.map((each) => (
            <li className="flex flex-wrap items-center gap-x-3 border-line border-t py-1.5" key={each.from}>
              <span className={cx('flex w-28 items-center gap-1.5', stateLook[each.state].text)}>
                <Icon name={stateLook[each.state].icon} size={14} />
                {t.network.reachability[each.state]}
              </span>
              <span>{format.full(each.from * 1000)}</span>
              <span className="font-medium">
                {each === spans.at(-1) && shown.live
                  ? t.device.availability.ongoing
                  : format.duration(each.to - each.from)}
              </span>
              <span className="text-ink-mute">{reasonOf(each)}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
