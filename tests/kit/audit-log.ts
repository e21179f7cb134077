import pg from 'pg'
import { expect } from 'vitest'

import { type AuditEvent, auditEvent } from '#core/contract/audit.js'

import { asSuperuser } from './stores.js'

export type AuditLog = ReturnType<typeof openAuditLog>

/** The log of a database and the tables of a schema, as their owner sees them. */
export function openAuditLog({ databaseUrl, schema }: { databaseUrl: string; schema: string }) {
  const pool = new pg.Pool({ connectionString: asSuperuser(databaseUrl), max: 1 })
  const role = pg.escapeIdentifier(new URL(databaseUrl).username)
  const written = 'SELECT content FROM audit.event UNION ALL SELECT content FROM audit.inbox'

  async function tables(): Promise<{ name: string; table: string }[]> {
    const { rows } = await pool.query<{ name: string; table: string }>(
      `SELECT tablename AS name, format('%I.%I', schemaname, tablename) AS table FROM pg_tables
       WHERE schemaname = $1 ORDER BY 1`,
      [schema],
    )
    return rows
  }
  async function digest(table: string): Promise<string> {
    const { rows } = await pool.query<{ digest: string }>(
      `SELECT coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), 'empty') AS digest FROM ${table} t`,
    )
    return rows[0]?.digest ?? ''
  }
  return {
    /**
     * What was written of one request, sealed already or not. A target that only the arguments named, as of what was
     * refused, is left out.
     */
    async of(requestId: string): Promise<AuditEvent[]> {
      const { rows } = await pool.query<{ content: string }>(
        `SELECT content FROM (${written}) AS log WHERE content::jsonb ->> 'requestId' = $1`,
        [requestId],
      )
      const events = rows.map(({ content }) => auditEvent.parse(JSON.parse(content)))
      return events.map((event) => (event.target?.label === '' ? { ...event, target: null } : event))
    },
    async text(): Promise<string> {
      const { rows } = await pool.query<{ content: string }>(written)
      return rows.map(({ content }) => content).join('\n')
    },
    /** A digest of every table of the schema, once what is in its outbox has gone out. */
    async rows(): Promise<Record<string, string>> {
      const all = await tables()
      const outbox = all.find(({ name }) => name === 'outbox')
      if (outbox) await expect.poll(() => digest(outbox.table), { timeout: 15_000 }).toBe('empty')
      const digests: Record<string, string> = {}
      for (const { name, table } of all) digests[name] = await digest(table)
      return digests
    },
    /** While `work` runs, nothing can be written to the log. */
    async closed<Result>(work: () => Promise<Result>): Promise<Result> {
      await pool.query(`REVOKE INSERT ON audit.inbox FROM ${role}`)
      try {
        return await work()
      } finally {
        await pool.query(`GRANT INSERT ON audit.inbox TO ${role}`)
      }
    },
    /** While `work` runs, a transaction that changed a row of the schema fails at its very end. */
    async unkept<Result>(work: () => Promise<Result>): Promise<Result> {
      const changing = (await tables()).filter(({ name }) => name !== 'outbox')
      await pool.query(`CREATE OR REPLACE FUNCTION audit.not_kept() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'not kept'; END $$`)
      for (const { table } of changing) {
        await pool.query(`CREATE CONSTRAINT TRIGGER not_kept AFTER INSERT OR UPDATE OR DELETE ON ${table}
          DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.not_kept()`)
      }
      try {
        return await work()
      } finally {
        for (const { table } of changing) await pool.query(`DROP TRIGGER not_kept ON ${table}`)
      }
    },
    close: () => pool.end(),
  }
}
