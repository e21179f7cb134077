import pg from 'pg'

import type { SecretBox } from '#core/service/secrets.js'

/** A column that holds texts of a SecretBox. Each subgraph lists its own, so that a new key can seal them anew. */
export interface SealedColumn {
  table: string
  /** Primary key. */
  id: string
  column: string
  /** The ref under which the text of a row is sealed. */
  ref(id: string): string
}

interface Row {
  id: string
  sealed: string
}

interface ResealOptions {
  /** Of the database. */
  url: string
  schema: string
  columns: readonly SealedColumn[]
  box: SecretBox
}

/**
 * Seals with the box's current key what old keys sealed in a schema, in one transaction; what is done already is left
 * alone, so that it can be run again. Returns how many texts it sealed.
 * @throws Error naming table and row where no key opens a text; then nothing of this schema is changed
 */
export async function reseal({ url, schema, columns, box }: ResealOptions): Promise<number> {
  const client = new pg.Client({ connectionString: url, options: `-c search_path=${schema}` })
  await client.connect()
  try {
    await client.query('BEGIN')
    let sealed = 0
    for (const column of columns) sealed += await resealColumn(client, column, box)
    await client.query('COMMIT')
    return sealed
  } catch (error) {
    throw new Error(`${schema}: ${error instanceof Error ? error.message : error}`, { cause: error })
  } finally {
    // Ends the transaction, too, where it did not come to its end.
    await client.end()
  }
}

async function resealColumn(
  client: pg.Client,
  { table, id, column, ref }: SealedColumn,
  box: SecretBox,
): Promise<number> {
  // Locked: whoever changes a row at this moment is waited for, or waits.
  const { rows } = await client.query<Row>(
    `SELECT ${id}::text AS id, ${column} AS sealed FROM ${table} WHERE ${column} IS NOT NULL ORDER BY 1 FOR UPDATE`,
  )
  const old = rows.filter(({ sealed }) => !box.isCurrent(sealed))
  for (const row of old) {
    const plain = open(box, row, { table, ref })
    const text = box.seal(ref(row.id), plain)
    await client.query(`UPDATE ${table} SET ${column} = $2 WHERE ${id}::text = $1`, [row.id, text])
  }
  return old.length
}

function open(
  box: SecretBox,
  { id, sealed }: Row,
  { table, ref }: Pick<SealedColumn, 'table' | 'ref'>,
): string {
  try {
    return box.open(ref(id), sealed).reveal()
  } catch (cause) {
    throw new Error(`${table} ${id}: ${(cause as Error).message}`, { cause })
  }
}
