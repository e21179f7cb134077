import type { MetricName } from '#core/contract/metrics.js'
import type { SampleColumns } from '#core/contract/samples.js'

import type { DataSource, EntityManager } from '../source.js'

/** What a series measures. `instance` is null for a metric of the whole device. */
export interface SeriesKey {
  deviceId: string
  metric: MetricName
  instance: string | null
}

/** Ids of the series of one port, sensor or device itself: number of the metric and id, in turn. */
type Ids = number[]
/** Ids of one device's series by instance ('' for the device itself). */
type DeviceSeries = Map<string, Ids>

function idOf(ids: Ids | undefined, metric: number): number {
  if (!ids) return 0
  for (let n = 0; n < ids.length; n += 2) if (ids[n] === metric) return ids[n + 1] ?? 0
  return 0
}

/** Series ids by key, kept in memory; ids never change, so nothing is ever invalid but what was dropped. */
export class SeriesIds {
  readonly #known = new Map<string, DeviceSeries>()
  /** Metrics by their number here: there are few of them, and hundreds of thousands of series. */
  readonly #metrics: MetricName[] = []
  constructor(private readonly source: DataSource) {}

  /** Writes the id of each row into `into`, 0 where it is not known; returns the keys that are missing. */
  fill(columns: SampleColumns, into: Int32Array): SeriesKey[] {
    const missing: SeriesKey[] = []
    const devices = columns.devices.map((deviceId) => this.#known.get(deviceId))
    const metrics = columns.metrics.map((metric) => this.#numberOf(metric as MetricName))
    let lastDevice = -1
    let lastInstance = -2
    let ids: Ids | undefined
    for (let row = 0; row < into.length; row++) {
      const device = columns.device[row] ?? 0
      const instance = columns.instance[row] ?? -1
      // Rows of one port come together, so the outer look-up is mostly the one just made.
      if (device !== lastDevice || instance !== lastInstance) {
        ids = devices[device]?.get(instance < 0 ? '' : (columns.instances[instance] ?? ''))
        lastDevice = device
        lastInstance = instance
      }
      const metric = columns.metric[row] ?? 0
      const id = idOf(ids, metrics[metric] ?? -1)
      into[row] = id
      if (id > 0) continue
      missing.push({
        deviceId: columns.devices[device] ?? '',
        metric: columns.metrics[metric] as MetricName,
        instance: instance < 0 ? null : (columns.instances[instance] ?? null),
      })
    }
    return missing
  }

  /** Those of the keys that have no id here yet. */
  unknown(keys: readonly SeriesKey[]): SeriesKey[] {
    return keys.filter(
      ({ deviceId, metric, instance }) =>
        idOf(this.#known.get(deviceId)?.get(instance ?? ''), this.#numberOf(metric)) === 0,
    )
  }

  /**
   * Makes sure that each key has an id, with one statement for all that are new. Not part of any transaction: a series
   * without samples is harmless, an id in the cache that was rolled back would not be.
   */
  async ensure(keys: readonly SeriesKey[]): Promise<void> {
    if (keys.length === 0) return
    const columns = [
      keys.map(({ deviceId }) => deviceId),
      keys.map(({ metric }) => metric),
      keys.map(({ instance }) => instance ?? ''),
    ]
    const rows = (await this.source.query(
      `WITH wanted AS (
         SELECT DISTINCT device_id, metric, instance
         FROM unnest($1::uuid[], $2::text[], $3::text[]) AS w (device_id, metric, instance)
       ), known AS (
         SELECT s.id, s.device_id, s.metric, s.instance FROM wanted w JOIN series s USING (device_id, metric, instance)
       ), made AS (
         INSERT INTO series (device_id, metric, instance)
         SELECT device_id, metric, instance FROM wanted
         EXCEPT SELECT device_id, metric, instance FROM known
         ORDER BY device_id, instance, metric
         ON CONFLICT (device_id, metric, instance) DO UPDATE SET metric = excluded.metric
         RETURNING id, device_id, metric, instance
       )
       SELECT * FROM known UNION ALL SELECT * FROM made`,
      columns,
    )) as { id: number; device_id: string; metric: MetricName; instance: string }[]
    for (const { id, device_id, metric, instance } of rows) this.#keep(id, device_id, metric, instance)
  }

  /** Drops the series of these instances of a device. What was remembered of it is read again where it is needed. */
  async drop(manager: EntityManager, deviceId: string, instances: readonly string[]): Promise<void> {
    if (instances.length > 0) {
      await manager.query('DELETE FROM series WHERE device_id = $1 AND instance = ANY($2::text[])', [
        deviceId,
        instances,
      ])
    }
    this.forget(deviceId)
  }

  /** Forgets a device that was deleted; its ids are read again should it come back. */
  forget(deviceId: string): void {
    this.#known.delete(deviceId)
  }

  #keep(id: number, deviceId: string, metric: MetricName, instance: string): void {
    const device: DeviceSeries = this.#known.get(deviceId) ?? new Map()
    const ids = device.get(instance) ?? []
    const number = this.#numberOf(metric)
    if (idOf(ids, number) === 0) ids.push(number, id)
    device.set(instance, ids)
    this.#known.set(deviceId, device)
  }

  #numberOf(metric: MetricName): number {
    const number = this.#metrics.indexOf(metric)
    return number < 0 ? this.#metrics.push(metric) - 1 : number
  }
}
