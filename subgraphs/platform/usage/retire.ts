import type { DataSource } from '#db/source.js'

/** A queue keeps a job for hours, not for days: by then no report comes a second time. */
const reportDays = 8
/** Most operations to know: ad-hoc ones from a console come and never return. */
const operationsMax = 20_000

/** Forgets use that lies further back than `days`, and the operations that nobody has run since. */
export async function retireUsage(source: DataSource, days: number): Promise<void> {
  const old = `day < (now() AT TIME ZONE 'UTC')::date - $1::integer`
  await source.query(`DELETE FROM field_use WHERE ${old}`, [days])
  await source.query(`DELETE FROM operation_use WHERE ${old}`, [days])
  await source.query(
    `DELETE FROM operation WHERE last_seen_at < now() - make_interval(days => $1) OR hash IN
       (SELECT hash FROM operation ORDER BY last_seen_at DESC, hash OFFSET $2)`,
    [days, operationsMax],
  )
  await source.query(`DELETE FROM usage_report WHERE taken_at < now() - make_interval(days => $1)`, [
    reportDays,
  ])
}
