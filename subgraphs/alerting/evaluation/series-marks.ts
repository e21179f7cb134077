import type { MetricName } from '#core/contract/metrics.js'

type ByInstance = Map<string, number>

/**
 * Up to which time each series was judged, so that a late or repeated sample is not judged again. Only series that some
 * rule watches are here. What a transaction moved can be put back when it fails.
 */
export class SeriesMarks {
  readonly #marks = new Map<MetricName, Map<string, ByInstance>>()
  #undo: { of: ByInstance; instance: string; before: number | undefined }[] = []

  /** Moves the mark of a series to `at`. False: it was there or beyond already. */
  advance(metric: MetricName, deviceId: string, instance: string, at: number): boolean {
    const of = this.#of(metric, deviceId)
    const before = of.get(instance)
    if (before !== undefined && at <= before) return false
    of.set(instance, at)
    this.#undo.push({ of, instance, before })
    return true
  }

  commit(): void {
    this.#undo = []
  }

  rollback(): void {
    for (const { of, instance, before } of this.#undo.reverse()) {
      if (before === undefined) of.delete(instance)
      else of.set(instance, before)
    }
    this.#undo = []
  }

  forget(deviceId: string): void {
    for (const devices of this.#marks.values()) devices.delete(deviceId)
  }

  #of(metric: MetricName, deviceId: string): ByInstance {
    const devices = this.#marks.get(metric) ?? new Map<string, ByInstance>()
    const of = devices.get(deviceId) ?? new Map<string, number>()
    if (of.size === 0) this.#marks.set(metric, devices.set(deviceId, of))
    return of
  }
}
