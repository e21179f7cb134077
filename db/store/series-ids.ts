import type { MetricName } from '#core/contract/metrics.js'

import type { DataSource } from '../source.js'

/** What a series measures. `instance` is null for a metric of the whole device. */
export interface SeriesKey {
  deviceId: string
  metric: MetricName
  instance: string | null
}

/** Ids of one device's series: by instance ('' for the device itself), then by metric. */
type DeviceSeries = Map<string, Map<MetricName, number>>

/** Series ids by key, kept in memory; ids never change, so nothing is ever invalid but what was dropped. */
export class SeriesIds {
  readonly #known = new Map<string, DeviceSeries>()
  constructor(private readonly source: DataSource) {}

  /** The id, or undefined when it was not asked for with `ensure` yet. */
  find(deviceId: string, metric: MetricName, instance: string | null): number | undefined {
    return this.#known.get(deviceId)?.get(instance ?? '')?.get(metric)
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

  /** Forgets a device that was deleted; its ids are read again should it come back. */
  forget(deviceId: string): void {
    this.#known.delete(deviceId)
  }

  #keep(id: number, deviceId: string, metric: MetricName, instance: string): void {
    let device = this.#known.get(deviceId)
    if (!device) this.#known.set(deviceId, (device = new Map()))
    let metrics = device.get(instance)
    if (!metrics) device.set(instance, (metrics = new Map()))
    metrics.set(metric, id)
  }
}
