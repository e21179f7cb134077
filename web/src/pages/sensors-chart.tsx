import type { Sensor } from '../live/sensor-readings'
import { IconButton } from '../parts/button'
import { ProblemNote, Skeleton } from '../parts/feedback'
import { LimitChart } from '../parts/limit-chart'
import { useWords } from '../texts/language'
import { rangeInput } from './chart-search'
import type { DeviceSearchChange } from './device-page'
import type { DeviceSearch } from './device-search'
import { RangePicker } from './range-picker'
import { limitsOf, sensorValue } from './sensor-values'
import { useSensorHistory } from './sensors-load'

/** The history of one sensor, with the limits it has. */
export function SensorChart({
  sensor,
  search,
  change,
}: {
  sensor: Sensor
  search: DeviceSearch
  change: DeviceSearchChange
}) {
  const words = useWords()
  const { t, fill } = words
  const { points, error, reload } = useSensorHistory(sensor, rangeInput(search))
  const show = (value: number) => sensorValue(words, sensor.unit, value)
  const limits = limitsOf(sensor).map(({ name, value }) => ({
    value,
    isCritical: name.endsWith('Critical'),
    text: fill(t.sensors.limit[name], { value: show(value) }),
  }))
  return (
    <section aria-label={sensor.name} className="card mb-4" data-testid="sensor-chart">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 pt-2.5">
        <h2 className="font-semibold text-[15px]">{sensor.name}</h2>
        <p className="text-ink-mute text-sm">
          {[
            sensor.interface && fill(t.sensors.ofPort, { port: sensor.interface.name }),
            ...limits.map(({ text }) => text),
          ]
            .filter(Boolean)
            .join(' · ')}
        </p>
        <span className="ml-auto flex items-center gap-1">
          {sensor.metric && <RangePicker onChange={change} search={search} />}
          <IconButton
            icon="close"
            label={fill(t.sensors.close, { name: sensor.name })}
            onClick={() => change({ sensor: undefined })}
          />
        </span>
      </header>
      <div className="p-4 pt-2">
        {error !== undefined && <ProblemNote error={error} onRetry={reload} />}
        {!sensor.metric && <p className="py-6 text-center text-ink-mute text-sm">{t.sensors.noHistory}</p>}
        {sensor.metric && !points && error === undefined && <Skeleton className="h-48" />}
        {sensor.metric && points && (
          <LimitChart
            empty={t.device.chart.gap}
            label={fill(t.device.chart.describe, { title: sensor.name })}
            limits={limits}
            points={points}
            show={show}
          />
        )}
      </div>
    </section>
  )
}
