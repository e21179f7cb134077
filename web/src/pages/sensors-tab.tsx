import { useCallback, useMemo, useSyncExternalStore } from 'react'

import { useSamples } from '../live/samples'
import { type Sensor, type SensorReadings, stateMetric } from '../live/sensor-readings'
import { Card } from '../parts/card'
import { Empty, ProblemNote, Skeleton } from '../parts/feedback'
import { Toggle } from '../parts/field'
import { SearchBox } from '../parts/search-box'
import { useWords } from '../texts/language'
import type { DeviceTabProps } from './device-tabs'
import { SensorBadge } from './sensor-status'
import { groupNames, type SensorGroup, sensorGroups } from './sensor-values'
import { SensorChart } from './sensors-chart'
import { metricsOf, useSensors } from './sensors-load'
import { SensorRow } from './sensors-row'

const severity = { CRITICAL: 0, WARNING: 1, OK: 2 } as const

/** The sensors of a device in groups, the worst first; choosing one shows its history. */
export function DeviceSensors({ device, search, change }: DeviceTabProps) {
  const { t } = useWords()
  const { sensors, readings, sparks, error, refreshing, reload } = useSensors(device.id)
  useSyncExternalStore(readings.watch, readings.version)
  const metrics = useMemo(() => [stateMetric, ...metricsOf(sensors ?? [])], [sensors])
  useSamples(device.id, metrics, (samples) => readings.apply(samples))
  const find = useCallback((q: string) => change({ q: q || undefined }), [change])
  const open = useCallback((id: string) => change({ sensor: id }), [change])
  const shown = shownOf(sensors ?? [], { readings, q: search.q, bad: search.bad })
  const chosen = sensors?.find(({ id }) => id === search.sensor)

  if (!sensors && error === undefined) return <TabSkeleton />
  return (
    <>
      {error !== undefined && (
        <ProblemNote className="mb-3" error={error} keeps={Boolean(sensors)} onRetry={reload} />
      )}
      {chosen && <SensorChart change={change} key={chosen.id} search={search} sensor={chosen} />}
      {sensors?.length === 0 && (
        <div className="card">
          <Empty hint={t.sensors.noneHint} icon="devices" title={t.sensors.none} />
        </div>
      )}
      {sensors && sensors.length > 0 && (
        <>
          <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
            <SearchBox
              className="w-full sm:w-72"
              label={t.sensors.search}
              onChange={find}
              value={search.q ?? ''}
            />
            <Toggle
              checked={search.bad ?? false}
              hint={t.sensors.onlyBadHint}
              label={t.sensors.onlyBad}
              onChange={(event) => change({ bad: event.target.checked ? true : undefined })}
            />
            <Totals readings={readings} sensors={sensors} />
          </div>
          {shown.length === 0 && (
            <div className="card">
              <Empty icon="search" title={t.sensors.noMatch} />
            </div>
          )}
          <div className="grid items-start gap-4 2xl:grid-cols-2">
            {groupNames.map((group) => {
              const own = shown.filter(({ kind }) => isIn(group, kind))
              if (own.length === 0) return null
              return (
                <Card key={group} refreshing={refreshing} title={t.sensors.group[group]}>
                  <ul className="pb-1">
                    {own.map((sensor) => (
                      <SensorRow
                        chosen={sensor.id === search.sensor}
                        key={sensor.id}
                        onOpen={open}
                        points={sparks.get(sensor.id)}
                        reading={readings.get(sensor.id)}
                        sensor={sensor}
                      />
                    ))}
                  </ul>
                </Card>
              )
            })}
          </div>
        </>
      )}
    </>
  )
}

const isIn = (group: SensorGroup, kind: Sensor['kind']) =>
  (sensorGroups[group] as readonly Sensor['kind'][]).includes(kind)

/** How many sensors are how. */
function Totals({ sensors, readings }: { sensors: readonly Sensor[]; readings: SensorReadings }) {
  const by = Map.groupBy(sensors, ({ id }) => readings.get(id).status)
  return (
    <span className="flex flex-wrap gap-1.5 sm:ml-auto">
      {(['CRITICAL', 'WARNING', 'OK', null] as const).map((status) => {
        const count = by.get(status)?.length ?? 0
        return count > 0 && <SensorBadge count={count} key={status ?? 'none'} status={status} />
      })}
    </span>
  )
}

function shownOf(
  sensors: readonly Sensor[],
  { readings, q, bad }: { readings: SensorReadings; q: string | undefined; bad: true | undefined },
): Sensor[] {
  const wanted = (q ?? '').trim().toLowerCase()
  const rank = ({ id }: Sensor) => severity[readings.get(id).status ?? 'OK']
  return sensors
    .filter((sensor) => !bad || rank(sensor) < severity.OK)
    .filter(({ name, interface: port }) =>
      [name, port?.name].some((text) => text?.toLowerCase().includes(wanted)),
    )
    .toSorted((a, b) => rank(a) - rank(b))
}

const TabSkeleton = () => (
  <div className="grid gap-4 2xl:grid-cols-2">
    <Skeleton className="h-56" />
    <Skeleton className="h-56" />
  </div>
)
