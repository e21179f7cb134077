import type { DataSource } from '#db/source.js'

/**
 * Drops what no longer tells anything: state changes past the retention (the newest of each device stays, it says what
 * the state was when the kept time begins), and counts of polls and of what was refused after a week.
 */
export async function retireHistory(source: DataSource, days: number): Promise<void> {
  await source.query(
    `DELETE FROM state_change c WHERE at < now() - make_interval(days => $1)
       AND EXISTS (SELECT FROM state_change n WHERE n.device_id = c.device_id AND (n.at, n.id) > (c.at, c.id)
         AND n.at < now() - make_interval(days => $1))`,
    [days],
  )
  await source.query(`DELETE FROM ingest_minute WHERE minute < now() - interval '7 days'`)
  await source.query(`DELETE FROM refused_minute WHERE minute < now() - interval '7 days'`)
}
