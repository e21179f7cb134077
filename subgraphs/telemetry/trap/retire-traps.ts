import type { DataSource } from '#db/source.js'

const slice = 5000
/** Counts are for looking at a storm, not for history. */
const countDays = 7

/** Drops traps that are older than the settings want, and the oldest beyond so many; in slices, so that none holds others up. */
export async function retireTraps(
  source: DataSource,
  { days, rowsMax }: { days: number; rowsMax: number },
): Promise<void> {
  await source.query(`DELETE FROM trap_count WHERE at < now() - make_interval(days => $1)`, [countDays])
  await drop(source, 'at < now() - make_interval(days => $1)', days)
  // The instant of the first that is too many.
  await drop(source, 'at <= (SELECT at FROM trap ORDER BY at DESC, id DESC OFFSET $1 LIMIT 1)', rowsMax)
}

async function drop(source: DataSource, condition: string, value: number): Promise<void> {
  for (;;) {
    const [, dropped] = (await source.query(
      `DELETE FROM trap WHERE id IN (SELECT id FROM trap WHERE ${condition} ORDER BY at LIMIT ${slice})`,
      [value],
    )) as [unknown, number]
    if (dropped < slice) return
  }
}
