import type { AlertChanged } from '#core/contract/alerts.js'
import { appendOutbox } from '#db/outbox.js'
import type { EntityManager } from '#db/source.js'

import { formatValue, renderSummary } from '../rule/summary.js'
import type { Changes } from './changes.js'
import type { CompiledRules } from './compiled-rules.js'
import { type OpenAlert, stateOf } from './open-alerts.js'
import type { WatchedDevice } from './watched-devices.js'

export interface Surroundings {
  rules: CompiledRules
  devices: ReadonlyMap<string, WatchedDevice>
}

/**
 * Writes the changes in the caller's transaction: a few statements however many alerts. Returns new alerts that the
 * database already had (open or long resolved) and therefore refused.
 */
export async function writeChanges(
  manager: EntityManager,
  changes: Changes,
  around: Surroundings,
): Promise<OpenAlert[]> {
  if (changes.isEmpty && changes.closed.size === 0) return []
  await word(manager, [...changes.unworded], around)
  // In this order: what closes makes room for what opens under the same fingerprint.
  await remove(manager, [...changes.dropped])
  await update(manager, [...changes.changed])
  const refused = await insert(manager, [...changes.opened])
  const refusedIds = new Set(refused.map(({ id }) => id))
  await addEntries(
    manager,
    changes.entries.filter(({ alertId }) => !refusedIds.has(alertId)),
  )
  await keepMarks(manager, [...changes.closed])
  await appendOutbox(
    manager,
    'alert.changed',
    changes.events
      .filter(({ alert }) => !refusedIds.has(alert.id))
      .map(({ alert, event, at }): AlertChanged => {
        return {
          v: 1,
          kind: 'alert.changed',
          event,
          at,
          alertId: alert.id,
          ruleId: alert.ruleId,
          deviceId: alert.deviceId,
          siteId: around.devices.get(alert.deviceId)?.siteId ?? null,
          severity: alert.severity,
          state: event === 'RESOLVED' ? 'RESOLVED' : 'FIRING',
        }
      }),
  )
  return refused
}

async function word(
  manager: EntityManager,
  alerts: readonly OpenAlert[],
  around: Surroundings,
): Promise<void> {
  const instances = [...new Set(alerts.map(({ instance }) => instance).filter((id) => id !== ''))]
  const names = new Map<string, string>()
  if (instances.length > 0) {
    const rows = (await manager.query(
      `SELECT id, name FROM interface_name WHERE id = ANY($1)
       UNION ALL SELECT id, name FROM sensor_name WHERE id = ANY($1)`,
      [instances],
    )) as { id: string; name: string }[]
    for (const { id, name } of rows) names.set(id, name)
  }
  for (const alert of alerts) {
    const rule = around.rules.byId.get(alert.ruleId)
    const device = around.devices.get(alert.deviceId)
    if (!rule) continue
    alert.summary = renderSummary(rule.summaryTemplate, {
      device: device?.name ?? alert.deviceId,
      address: device?.address ?? '',
      site: device?.siteName ?? '',
      interface: names.get(alert.instance) ?? `interface ${alert.instance.slice(0, 8)}`,
      sensor: names.get(alert.instance) ?? `sensor ${alert.instance.slice(0, 8)}`,
      metric: alert.metric,
      value: formatValue(alert.metric, alert.track.value),
      threshold: formatValue(alert.metric, rule.condition.threshold),
      rule: rule.name,
    })
  }
}

const time = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())

const columns = `id, rule_id, rule_version, metric, device_id, instance, fingerprint, severity, state, summary, value,
  starts_at, fired_at, resolved_at, clearing_since, last_at`

const rowOf = (alert: OpenAlert) => ({
  id: alert.id,
  rule_id: alert.ruleId,
  rule_version: alert.ruleVersion,
  metric: alert.metric,
  device_id: alert.deviceId,
  instance: alert.instance,
  fingerprint: alert.fingerprint,
  severity: alert.severity,
  state: stateOf(alert),
  summary: alert.summary,
  value: alert.track.value,
  starts_at: time(alert.track.startsAt),
  fired_at: time(alert.track.firedAt),
  resolved_at: time(alert.resolvedAt),
  clearing_since: time(alert.track.clearingSince),
  last_at: time(alert.track.lastAt),
})

async function remove(manager: EntityManager, alerts: readonly OpenAlert[]): Promise<void> {
  if (alerts.length === 0) return
  await manager.query(`DELETE FROM alert WHERE id = ANY($1) AND state = 'PENDING'`, [
    alerts.map(({ id }) => id),
  ])
}

async function update(manager: EntityManager, alerts: readonly OpenAlert[]): Promise<void> {
  if (alerts.length === 0) return
  await manager.query(
    `UPDATE alert SET rule_version = n.rule_version, severity = n.severity, state = n.state, summary = n.summary,
       value = n.value, fired_at = n.fired_at, resolved_at = n.resolved_at, clearing_since = n.clearing_since,
       last_at = n.last_at
     FROM jsonb_populate_recordset(null::alert, $1::jsonb) n WHERE alert.id = n.id AND alert.state <> 'RESOLVED'`,
    [JSON.stringify(alerts.map(rowOf))],
  )
}

async function insert(manager: EntityManager, alerts: readonly OpenAlert[]): Promise<OpenAlert[]> {
  if (alerts.length === 0) return []
  const rows = (await manager.query(
    `INSERT INTO alert (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(null::alert, $1::jsonb)
     ON CONFLICT DO NOTHING RETURNING id`,
    [JSON.stringify(alerts.map(rowOf))],
  )) as { id: string }[]
  const written = new Set(rows.map(({ id }) => id))
  return alerts.filter(({ id }) => !written.has(id))
}

async function addEntries(manager: EntityManager, entries: Changes['entries']): Promise<void> {
  if (entries.length === 0) return
  await manager.query(
    `INSERT INTO alert_entry (alert_id, at, kind, text)
     SELECT alert_id, at, kind, text FROM jsonb_to_recordset($1::jsonb)
       AS e (alert_id uuid, at timestamptz, kind text, text text)`,
    [
      JSON.stringify(
        entries.map(({ alertId, at, kind, text }) => ({ alert_id: alertId, at: time(at), kind, text })),
      ),
    ],
  )
}

async function keepMarks(manager: EntityManager, alerts: readonly OpenAlert[]): Promise<void> {
  if (alerts.length === 0) return
  await manager.query(
    `INSERT INTO series_mark (metric, device_id, instance, at)
     SELECT metric, device_id, instance, max(at) FROM jsonb_to_recordset($1::jsonb)
       AS m (metric text, device_id uuid, instance text, at timestamptz) GROUP BY 1, 2, 3
     ON CONFLICT (metric, device_id, instance) DO UPDATE SET at = greatest(series_mark.at, excluded.at)`,
    [
      JSON.stringify(
        alerts.map(({ metric, deviceId, instance, track }) => ({
          metric,
          device_id: deviceId,
          instance,
          at: time(track.lastAt),
        })),
      ),
    ],
  )
}

/** Keeps the newest value of open alerts readable and the word of their last sample over a restart. */
export async function refreshValues(manager: EntityManager, alerts: readonly OpenAlert[]): Promise<void> {
  await update(manager, alerts)
}
