import type { UsageReport } from '#core/contract/usage.js'
import type { DataSource, EntityManager } from '#db/source.js'

/**
 * Adds one gateway's counts to the buckets of their day, each report once however often it comes. Rows are written in
 * one order, so that two workers never wait for each other.
 */
export async function takeReport(source: DataSource, report: UsageReport): Promise<void> {
  await source.transaction(async (manager) => {
    const fresh = await manager.query<unknown[]>(
      'INSERT INTO usage_report (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id',
      [report.id],
    )
    if (fresh.length === 0) return
    await knowOperations(manager, report)
    await countFields(manager, report)
    await countOperations(manager, report)
  })
}

const rowColumns = `"coordinate" text, "clientName" text, "clientVersion" text, "operationName" text,
  "operationHash" text, "operationType" text, "count" bigint, "errors" bigint`

async function knowOperations(manager: EntityManager, { fields, documents, to }: UsageReport): Promise<void> {
  await manager.query(
    `WITH use AS (
       SELECT DISTINCT ON ("operationHash") * FROM jsonb_to_recordset($1) AS use (${rowColumns})
       ORDER BY "operationHash"
     ), document AS (
       SELECT DISTINCT ON (hash) * FROM jsonb_to_recordset($2) AS document (hash text, text text, type text)
       ORDER BY hash
     )
     INSERT INTO operation AS old (hash, name, type, text, first_seen_at, last_seen_at)
     SELECT coalesce("operationHash", hash), "operationName", coalesce("operationType", document.type),
       document.text, $3, $3
     FROM use FULL JOIN document ON hash = "operationHash"
     ORDER BY 1
     ON CONFLICT (hash) DO UPDATE SET name = coalesce(old.name, excluded.name),
       text = coalesce(old.text, excluded.text),
       last_seen_at = greatest(old.last_seen_at, excluded.last_seen_at)`,
    [JSON.stringify(fields), JSON.stringify(documents.map(typed)), to],
  )
}

/** Of an operation that was told without a use, its text must do. */
const typed = ({ hash, text }: UsageReport['documents'][number]) => ({
  hash,
  text,
  type: /(?:^|\})\s*(mutation|subscription)\b/.exec(text)?.[1]?.toUpperCase() ?? 'QUERY',
})

const dayOf = `($2::timestamptz AT TIME ZONE 'UTC')::date`

async function countFields(manager: EntityManager, { fields, from, to }: UsageReport): Promise<void> {
  await manager.query(
    `INSERT INTO field_use AS old (day, coordinate, operation_hash, client_name, client_version, count, errors, last_seen_at)
     SELECT ${dayOf}, coordinate, "operationHash", "clientName", "clientVersion", sum(count), sum(errors), $3
     FROM jsonb_to_recordset($1) AS use (${rowColumns})
     GROUP BY 2, 3, 4, 5
     ORDER BY 2, 3, 4, 5
     ON CONFLICT (coordinate, day, operation_hash, client_name, client_version) DO UPDATE
     SET count = old.count + excluded.count, errors = old.errors + excluded.errors,
       last_seen_at = greatest(old.last_seen_at, excluded.last_seen_at)`,
    [JSON.stringify(fields), from, to],
  )
}

/** An operation ran as often as the most used of its root fields. */
async function countOperations(manager: EntityManager, { fields, from, to }: UsageReport): Promise<void> {
  const roots = fields.filter(({ coordinate }) => /^(?:Query|Mutation|Subscription)\./.test(coordinate))
  await manager.query(
    `INSERT INTO operation_use AS old (day, operation_hash, client_name, client_version, count, errors, last_seen_at)
     SELECT ${dayOf}, "operationHash", "clientName", "clientVersion", max(count), max(errors), $3
     FROM jsonb_to_recordset($1) AS use (${rowColumns})
     GROUP BY 2, 3, 4
     ORDER BY 2, 3, 4
     ON CONFLICT (day, operation_hash, client_name, client_version) DO UPDATE
     SET count = old.count + excluded.count, errors = old.errors + excluded.errors,
       last_seen_at = greatest(old.last_seen_at, excluded.last_seen_at)`,
    [JSON.stringify(roots), from, to],
  )
}
