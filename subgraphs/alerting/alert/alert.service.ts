import type { SelectQueryBuilder } from 'typeorm'
import * as z from 'zod'

import type { AlertSeverity, AlertState } from '#core/contract/alerts.js'
import { type Scope, siteIdsOf } from '#core/service/scope.js'
import type { DataSource } from '#db/source.js'

import { Alert, type AlertTimelineEntry, type DeviceHealth } from './alert.js'
import { type AlertQuery, alertConditions, type FilteredAlert } from './alert-filter.js'
import type { Place } from './alert-page.js'

/** How many alerts of one device or interface are given at once; the list has pages. */
const perThing = 100
const newestFirst = (query: SelectQueryBuilder<Alert>) =>
  query.orderBy('a.startsAt', 'DESC').addOrderBy('a.id', 'DESC')
const uuids = (ids: readonly string[]) => ids.filter((id) => z.uuid().safeParse(id).success)

/** Which alerts of a device or an interface. */
interface Wanted {
  states: readonly AlertState[]
  scope: Scope
}

/** For `where`: the device of the alert stands within the scope. */
const within = (scope: Scope): [string, Record<string, unknown>] => {
  const siteIds = siteIdsOf(scope)
  return siteIds === null ? ['true', {}] : ['d.site_id = ANY(:within)', { within: siteIds }]
}

/** Reads alerts, always many with one statement; those beyond the scope are not there. */
export class AlertService {
  constructor(private readonly source: DataSource) {}

  #from(): SelectQueryBuilder<Alert> {
    return this.source.createQueryBuilder(Alert, 'a').leftJoin('device', 'd', 'd.id = a.device_id')
  }

  #filtered(query: AlertQuery): SelectQueryBuilder<Alert> {
    const { sql, parameters } = alertConditions(query)
    return this.#from().where(sql, parameters)
  }

  /** Up to `first` alerts behind `after`, newest first, and whether there are more. */
  async page(
    query: AlertQuery,
    first: number,
    after: Place | null,
  ): Promise<{ alerts: Alert[]; hasNextPage: boolean }> {
    const select = newestFirst(this.#filtered(query)).limit(first + 1)
    if (after) {
      select.andWhere('(a.starts_at, a.id) < (CAST(:afterAt AS timestamptz), CAST(:afterId AS uuid))', {
        afterAt: after[0],
        afterId: after[1],
      })
    }
    const alerts = await select.getMany()
    return { alerts: alerts.slice(0, first), hasNextPage: alerts.length > first }
  }

  count(query: AlertQuery): Promise<number> {
    return this.#filtered(query).getCount()
  }

  async byIds(ids: readonly string[], scope: Scope): Promise<Map<string, Alert>> {
    const alerts = await this.#from()
      .where('a.id = ANY(:ids)', { ids: uuids(ids) })
      .andWhere(...within(scope))
      .getMany()
    return new Map(alerts.map((alert) => [alert.id, alert]))
  }

  /** With what a filter asks of their devices. */
  async withDevices(ids: readonly string[]): Promise<Map<string, FilteredAlert>> {
    const { entities, raw } = await this.#from()
      .addSelect('d.site_id', 'site_id')
      .addSelect('d.name', 'device_name')
      .where('a.id = ANY(:ids)', { ids: uuids(ids) })
      .getRawAndEntities<{ a_id: string; site_id: string | null; device_name: string | null }>()
    const alerts = new Map(entities.map((alert) => [alert.id, alert]))
    return new Map(
      raw.flatMap(({ a_id: id, site_id: siteId, device_name: deviceName }) => {
        const alert = alerts.get(id)
        return alert ? [[id, { alert, siteId, deviceName }] as const] : []
      }),
    )
  }

  /** The newest alerts of each device, by device. */
  ofDevices(ids: readonly string[], wanted: Wanted): Promise<Map<string, Alert[]>> {
    return this.#newestOf('device_id', uuids(ids), wanted, ({ deviceId }) => deviceId)
  }

  /** The newest alerts of each interface, by interface. */
  ofInterfaces(ids: readonly string[], wanted: Wanted): Promise<Map<string, Alert[]>> {
    return this.#newestOf('instance', uuids(ids), wanted, ({ instance }) => instance)
  }

  async #newestOf(
    column: 'device_id' | 'instance',
    ids: readonly string[],
    { states, scope }: Wanted,
    keyOf: (alert: Alert) => string,
  ): Promise<Map<string, Alert[]>> {
    const type = column === 'device_id' ? 'uuid[]' : 'text[]'
    const newest = `SELECT x.id FROM unnest(CAST(:ids AS ${type})) AS k (id) CROSS JOIN LATERAL (
      SELECT id FROM alert WHERE ${column} = k.id AND state = ANY(:states)
      ORDER BY starts_at DESC, id DESC LIMIT ${perThing}) x`
    const found = this.#from().where(`a.id IN (${newest})`, { ids, states })
    const alerts = await newestFirst(found.andWhere(...within(scope))).getMany()
    return Map.groupBy(alerts, keyOf)
  }

  /** Of each device on which something fires. */
  async health(deviceIds: readonly string[], scope: Scope): Promise<Map<string, DeviceHealth>> {
    const rows = (await this.source.query(
      `SELECT device_id AS "deviceId", count(*)::int AS firing, count(acknowledged_at)::int AS acknowledged,
         (ARRAY['INFO', 'WARNING', 'CRITICAL'])[max(array_position(ARRAY['INFO', 'WARNING', 'CRITICAL'], severity))] AS worst
       FROM alert WHERE state = 'FIRING' AND device_id = ANY($1)
         AND ($2::uuid[] IS NULL OR device_id IN (SELECT id FROM device WHERE site_id = ANY($2))) GROUP BY 1`,
      [uuids(deviceIds), siteIdsOf(scope)],
    )) as { deviceId: string; firing: number; acknowledged: number; worst: AlertSeverity }[]
    return new Map(rows.map(({ deviceId, ...health }) => [deviceId, health]))
  }

  /** The story of each alert, oldest first. */
  async timelines(alertIds: readonly string[]): Promise<Map<string, AlertTimelineEntry[]>> {
    const rows = (await this.source.query(
      `SELECT alert_id AS "alertId", at, kind, text, user_id AS "userId" FROM alert_entry
       WHERE alert_id = ANY($1) ORDER BY at, id`,
      [alertIds],
    )) as { alertId: string; at: Date; kind: string; text: string; userId: string | null }[]
    const entries = rows.map(({ userId, ...entry }) => ({
      ...entry,
      by: userId === null ? null : { id: userId },
    }))
    return Map.groupBy(entries, ({ alertId }) => alertId)
  }
}
