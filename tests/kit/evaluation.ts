import type { DeviceRecord } from '#core/contract/devices.js'
import { type DataSource, openSource } from '#db/source.js'
import { Alone } from '#subgraphs/alerting/evaluation/alone.js'
import { Evaluator } from '#subgraphs/alerting/evaluation/evaluator.js'
import { AlertRule } from '#subgraphs/alerting/rule/rule.js'

import { columns, type PlainSample } from './alerting.js'
import { freshDatabase } from './stores.js'

/** A migrated database of its own. */
export async function openStore(): Promise<DataSource> {
  return openSource({ url: await freshDatabase(), schema: 'alerting', entities: [AlertRule] })
}
/** As it was migrated, but every rule is a warning after 60 s. */
export async function clear(source: DataSource): Promise<void> {
  await source.query('TRUNCATE alert, alert_entry, series_mark, outbox, device, interface_name, sensor_name')
  await source.query(`DELETE FROM rule WHERE NOT built_in`)
  await source.query(
    `UPDATE rule SET enabled = true, scope = '{}', severity = 'WARNING', version = 1, for_seconds = 60`,
  )
  await source.query('UPDATE rule SET keep_firing_seconds = 0, deleted_at = NULL')
}

/** An evaluator on a database, as the worker runs it, with hands on it. */
export class Bench {
  evaluator = new Evaluator()
  alone: Alone
  constructor(readonly source: DataSource) {
    this.alone = new Alone(source, this.evaluator)
  }
  restart(): void {
    this.evaluator = new Evaluator()
    this.alone = new Alone(this.source, this.evaluator)
  }
  async know(record: DeviceRecord, now = Date.now()): Promise<void> {
    const event = { v: 1, kind: 'device.changed', change: 'UPDATED', at: now, device: record } as const
    await this.alone.transaction(async (manager) => {
      await manager.query(
        `INSERT INTO device (id, name, address, site_id, site_name, kind, status, tags, monitoring)
         SELECT id, name, address, "siteId", "siteName", kind, status, tags, monitoring FROM jsonb_to_record($1::jsonb)
           AS d (id uuid, name text, address text, "siteId" uuid, "siteName" text, kind text, status text, tags text[], monitoring jsonb)
         ON CONFLICT (id) DO UPDATE SET status = excluded.status, tags = excluded.tags, kind = excluded.kind`,
        [JSON.stringify(record)],
      )
      await this.evaluator.devicesChanged(manager, [event], now)
    })
  }
  judge(...batches: PlainSample[][]): Promise<void> {
    return this.alone.transaction((manager) => this.evaluator.judgeSamples(manager, batches.map(columns)))
  }
  clock(now: number): Promise<void> {
    return this.alone.transaction((manager) => this.evaluator.judgeClock(manager, now))
  }
  rules(sql: string): Promise<void> {
    return this.alone.transaction(async (manager) => {
      await manager.query(`UPDATE rule SET version = version + 1, ${sql}`)
      await this.evaluator.rulesChanged(manager, Date.now())
    })
  }
  alerts(): Promise<{ id: string; state: string; summary: string; [column: string]: unknown }[]> {
    return this.source.query('SELECT * FROM alert ORDER BY starts_at, id')
  }
  async events(): Promise<string[]> {
    const rows = (await this.source.query('SELECT event FROM outbox ORDER BY id')) as {
      event: { event: string; state: string }
    }[]
    return rows.map(({ event }) => `${event.event} ${event.state}`)
  }
  async told(): Promise<string[]> {
    const rows = (await this.source.query('SELECT kind, text FROM alert_entry ORDER BY id')) as {
      kind: string
      text: string
    }[]
    return rows.map(({ kind, text }) => `${kind} ${text}`)
  }
}
