import type { Reading, Sensor } from '../live/sensor-readings'
import { cx } from '../parts/cx'
import { Sparkline } from '../parts/sparkline'
import { useWords } from '../texts/language'
import { SensorBadge } from './sensor-status'
import { limitsOf, sensorValue } from './sensor-values'
import type { Points } from './sensors-load'

interface RowProps {
  sensor: Sensor
  reading: Reading
  points: Points | undefined
  chosen: boolean
  onOpen: (id: string) => void
}

/** One sensor: what it is, how it has been, what it says now, and what it may be. */
export function SensorRow({ sensor, reading, points, chosen, onOpen }: RowProps) {
  const words = useWords()
  const { t, fill } = words
  const show = (value: number | null) => sensorValue(words, sensor.unit, value)
  const values = points?.map(({ value }) => value) ?? []
  const known = values.filter((value) => value !== null)
  const spark = fill(t.sensors.spark, {
    min: show(known.length > 0 ? Math.min(...known) : null),
    max: show(known.length > 0 ? Math.max(...known) : null),
  })
  const limits = limitsOf(sensor).map(({ name, value }) =>
    fill(t.sensors.limit[name], { value: show(value) }),
  )
  return (
    <li className="border-line border-t first:border-t-0">
      <button
        aria-label={fill(t.sensors.open, { name: sensor.name })}
        aria-pressed={chosen}
        className={cx(
          'grid w-full grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1 px-4 py-2 text-left hover:bg-hover',
          'sm:grid-cols-[minmax(0,1fr)_7.5rem_6.5rem_7rem]',
          chosen && 'bg-accent-soft',
        )}
        data-sensor-name={sensor.name}
        data-testid="sensor-row"
        onClick={() => onOpen(sensor.id)}
        type="button"
      >
        <span className="min-w-0">
          <span className="block truncate font-medium text-sm" title={sensor.name}>
            {sensor.name}
          </span>
          <span className="block text-ink-mute text-xs">
            {[sensor.interface && fill(t.sensors.ofPort, { port: sensor.interface.name }), ...limits]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </span>
        <span className="empty:max-sm:hidden max-sm:order-last max-sm:col-span-2">
          {sensor.metric && <Sparkline label={spark} values={values} />}
        </span>
        <span className="num text-right font-semibold text-[15px] max-sm:hidden">
          {sensor.metric && show(reading.value)}
        </span>
        <span className="flex items-center justify-end gap-2 sm:justify-start">
          <span className="num font-semibold text-[15px] sm:hidden">
            {sensor.metric && show(reading.value)}
          </span>
          {(reading.status || !sensor.metric) && <SensorBadge status={reading.status} />}
        </span>
      </button>
    </li>
  )
}
