import type { DeviceSensorsQuery, SensorStatus } from '../gql/graphql'
import type { LiveSample } from './samples'

export type Sensor = NonNullable<DeviceSensorsQuery['device']>['sensors']['nodes'][number]

/** What a sensor said last. Null: nothing. */
export interface Reading {
  value: number | null
  status: SensorStatus | null
}

/** Metrics of sensors, of which a device's page follows those that its sensors have. */
export const stateMetric = 'sensor.state'
const statuses: readonly SensorStatus[] = ['OK', 'WARNING', 'CRITICAL']
const nothing: Reading = { value: null, status: null }

/** The latest readings of a device's sensors, outside React: one poll changes many at once. */
export class SensorReadings {
  #readings = new Map<string, Reading>()
  #watchers = new Set<() => void>()
  #version = 0

  load(sensors: readonly Sensor[]): void {
    for (const { id, state } of sensors)
      this.#readings.set(id, { value: state?.value ?? null, status: state?.status ?? null })
    this.#changed()
  }

  apply(samples: readonly LiveSample[]): void {
    for (const { metric, instance, value } of samples) {
      if (!instance || !metric.startsWith('sensor.')) continue
      const before = this.#readings.get(instance) ?? nothing
      const part = metric === stateMetric ? { status: statuses[value] ?? null } : { value }
      this.#readings.set(instance, { ...before, ...part })
    }
    this.#changed()
  }

  get(id: string): Reading {
    return this.#readings.get(id) ?? nothing
  }

  /** Changes with every change, so that React knows. */
  version = (): number => this.#version

  watch = (listener: () => void): (() => void) => {
    this.#watchers.add(listener)
    return () => this.#watchers.delete(listener)
  }

  #changed(): void {
    this.#version++
    for (const listener of this.#watchers) listener()
  }
}
