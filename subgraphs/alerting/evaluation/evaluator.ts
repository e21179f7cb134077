import { setImmediate as breathe } from 'node:timers/promises'

import type { DeviceChanged } from '#core/contract/devices.js'
import type { MetricName } from '#core/contract/metrics.js'
import type { SampleColumns } from '#core/contract/samples.js'
import { count } from '#core/service/metrics.js'
import type { EntityManager } from '#db/source.js'
import { sign } from '../rule/condition.js'
import { formatValue } from '../rule/summary.js'
import { Changes } from './changes.js'
import { type CompiledRule, CompiledRules, loadRules } from './compiled-rules.js'
import { judge, judgeByClock, type Sample, type Verdict } from './machine.js'
import { loadOpenAlerts, newAlert, type OpenAlert, OpenAlerts } from './open-alerts.js'
import { closeReason } from './reconcile.js'
import { SeriesMarks } from './series-marks.js'
import { freshMs, isWatched, loadDevices, type WatchedDevice, watchedDevice } from './watched-devices.js'
import { refreshValues, writeChanges } from './write-changes.js'

const rowsPerTurn = 20_000

/**
 * Judges samples by rules. It remembers what is open and writes only what changes; each call runs within one
 * transaction of its caller, who says afterwards whether it was committed: `Alone` sees to both.
 */
export class Evaluator {
  #rules = new CompiledRules([])
  #devices = new Map<string, WatchedDevice>()
  #open = new OpenAlerts()
  readonly #marks = new SeriesMarks()
  /** Open alerts whose newest sample is not in the database yet. */
  #dirty = new Set<OpenAlert>()

  get revision(): number {
    return this.#rules.revision
  }

  /** Pending and firing alerts. */
  get open(): readonly OpenAlert[] {
    return this.#open.all()
  }

  /** Reads everything anew, then closes what no rule covers any more. */
  async load(manager: EntityManager, now: number): Promise<void> {
    this.#devices = await loadDevices(manager)
    this.#open = await loadOpenAlerts(manager)
    this.#dirty.clear()
    const marks = (await manager.query(
      'SELECT metric, device_id AS "deviceId", instance, at FROM series_mark',
    )) as { metric: MetricName; deviceId: string; instance: string; at: Date }[]
    for (const { metric, deviceId, instance, at } of marks)
      this.#marks.advance(metric, deviceId, instance, at.getTime())
    for (const { metric, deviceId, instance, track } of this.#open.all())
      this.#marks.advance(metric, deviceId, instance, track.lastAt)
    await this.rulesChanged(manager, now)
  }

  committed(): void {
    this.#marks.commit()
  }

  /** The samples will come again, so their marks go back. What is open must be loaded anew. */
  rolledBack(): void {
    this.#marks.rollback()
  }

  /** Judges every sample that a rule watches. */
  async judgeSamples(manager: EntityManager, batches: readonly SampleColumns[]): Promise<void> {
    const changes = new Changes()
    let rows = 0
    for (const batch of batches) {
      if (rows > rowsPerTurn) {
        rows = 0
        await breathe()
      }
      rows += batch.at.length
      this.#judgeBatch(batch, changes)
    }
    await this.#write(manager, changes)
  }

  #judgeBatch(batch: SampleColumns, changes: Changes): void {
    const rulesOf = batch.metrics.map((metric) => this.#rules.byMetric.get(metric))
    if (rulesOf.every((rules) => rules === undefined)) return
    const devices = batch.devices.map((id) => this.#devices.get(id))
    let judged = 0
    for (let row = 0; row < batch.at.length; row++) {
      const rules = rulesOf[batch.metric[row] ?? -1]
      if (!rules) continue
      const device = devices[batch.device[row] ?? -1]
      if (!device || !isWatched(device)) continue
      const metric = batch.metrics[batch.metric[row] ?? -1] as MetricName
      const series = { device, instance: batch.instances[batch.instance[row] ?? -1] ?? '' }
      const sample = { at: batch.at[row] ?? 0, value: batch.value[row] ?? 0 }
      if (!this.#marks.advance(metric, device.id, series.instance, sample.at)) continue
      judged += 1
      for (const rule of rules) if (rule.covers(device)) this.#judgeSample(rule, series, sample, changes)
    }
    count('sotp_alerting_samples_judged_total', {}, judged)
  }

  #judgeSample(
    rule: CompiledRule,
    { device, instance }: { device: WatchedDevice; instance: string },
    sample: Sample,
    changes: Changes,
  ): void {
    const alert = this.#open.get(rule.id, device.id, instance)
    const verdict = judge(alert?.track ?? null, sample, rule.condition, device.status === 'MAINTENANCE')
    if (alert) this.#settle(rule, alert, verdict, changes)
    else if (verdict.track) {
      const opened = newAlert(rule, device.id, instance, verdict.track)
      this.#open.add(opened)
      changes.open(opened)
      changes.tell(opened, verdict.at, 'OPENED', this.#words(rule, verdict.track.value))
      this.#settle(rule, opened, verdict, changes)
    }
  }

  #words(rule: CompiledRule, value: number): string {
    const { comparison, threshold } = rule.condition
    return `${rule.metric} is ${formatValue(rule.metric, value)} (${sign[comparison]} ${formatValue(rule.metric, threshold)})`
  }

  #settle(rule: CompiledRule, alert: OpenAlert, { track, effect, at }: Verdict, changes: Changes): void {
    if (track) alert.track = track
    switch (effect) {
      case 'NONE':
        this.#dirty.add(alert)
        return
      case 'OPENED':
        return
      case 'DROPPED':
        this.#close(alert)
        changes.drop(alert)
        return
      case 'FIRED':
        changes.change(alert)
        changes.unworded.add(alert)
        changes.tell(alert, at, 'FIRED', `the condition has held for ${rule.condition.forMs / 1000} s`)
        changes.announce(alert, 'OPENED', at)
        return
      case 'CLEARING':
      case 'HELD':
        changes.change(alert)
        return
      case 'RESOLVED':
        this.#resolve(alert, at, `${rule.metric} is ${formatValue(rule.metric, alert.track.value)}`, changes)
    }
  }

  #resolve(alert: OpenAlert, at: number, why: string, changes: Changes): void {
    this.#close(alert)
    alert.resolvedAt = at
    changes.change(alert)
    changes.closed.add(alert)
    changes.tell(alert, at, 'RESOLVED', why)
    changes.announce(alert, 'RESOLVED', at)
  }

  #close(alert: OpenAlert): void {
    this.#open.remove(alert)
    this.#dirty.delete(alert)
  }

  /** Judges by the clock what waits for it. */
  async judgeClock(manager: EntityManager, now: number): Promise<void> {
    const changes = new Changes()
    for (const { alert, verdict, rule } of this.#dueByClock(now)) this.#settle(rule, alert, verdict, changes)
    await this.#write(manager, changes)
  }

  /** Whether `judgeClock` would do anything: asked each second, so it costs no transaction. */
  isDue(now: number): boolean {
    return !this.#dueByClock(now).next().done
  }

  *#dueByClock(now: number): Generator<{ alert: OpenAlert; verdict: Verdict; rule: CompiledRule }> {
    for (const alert of this.#open.all()) {
      const rule = this.#rules.byId.get(alert.ruleId)
      if (!rule?.isState) continue
      const device = this.#devices.get(alert.deviceId)
      const verdict = judgeByClock(alert.track, now, rule.condition, {
        freshMs: freshMs(rule.metric, device),
        muted: device?.status === 'MAINTENANCE',
      })
      if (verdict.effect !== 'NONE') yield { alert, verdict, rule }
    }
  }

  /** Takes the rules as they are now, and closes or mends the alerts that they no longer mean. */
  async rulesChanged(manager: EntityManager, now: number): Promise<void> {
    this.#rules = await loadRules(manager)
    const changes = new Changes()
    for (const alert of this.#open.all()) this.#reconcile(alert, now, changes)
    await this.#write(manager, changes)
  }

  /** Takes news of devices, and closes the alerts of those that are no longer watched. */
  async devicesChanged(manager: EntityManager, events: readonly DeviceChanged[], now: number): Promise<void> {
    const changes = new Changes()
    for (const { device } of events) {
      this.#devices.set(device.id, watchedDevice(device))
      for (const alert of this.#open.ofDevice(device.id)) this.#reconcile(alert, now, changes)
    }
    await this.#write(manager, changes)
    for (const { device } of events) {
      if (device.status === 'DELETED') this.#marks.forget(device.id)
    }
  }

  #reconcile(alert: OpenAlert, now: number, changes: Changes): void {
    const rule = this.#rules.byId.get(alert.ruleId)
    const why = closeReason(alert, rule, this.#devices.get(alert.deviceId))
    if (why !== undefined) {
      if (alert.track.state === 'FIRING') this.#resolve(alert, now, why, changes)
      else {
        this.#close(alert)
        changes.drop(alert)
      }
      return
    }
    if (!rule || rule.version === alert.ruleVersion) return
    alert.ruleVersion = rule.version
    changes.change(alert)
    if (rule.severity === alert.severity) return
    alert.severity = rule.severity
    if (alert.track.state !== 'FIRING') return
    changes.tell(alert, now, 'RULE_CHANGED', `the rule was changed: the severity is ${rule.severity} now`)
    changes.announce(alert, 'UPDATED', now)
  }

  /** Writes the newest values of open alerts; done now and then, not with each sample. */
  async refresh(manager: EntityManager): Promise<void> {
    const alerts = [...this.#dirty]
    this.#dirty.clear()
    await refreshValues(manager, alerts)
  }

  async #write(manager: EntityManager, changes: Changes): Promise<void> {
    for (const alert of [...changes.changed, ...changes.opened]) this.#dirty.delete(alert)
    const refused = await writeChanges(manager, changes, { rules: this.#rules, devices: this.#devices })
    for (const alert of refused) this.#close(alert)
    for (const { event } of changes.events) count('sotp_alerting_alerts_total', { event })
  }
}
