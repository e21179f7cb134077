import pg from 'pg'
import { expect, test } from 'vitest'

import { freshDatabase } from '#tests/kit/stores.js'

import { type SubgraphTarget, subgraphNames, targets } from './targets.js'

test('every column that holds something sealed is listed by its room, so that a new key can seal it anew', async () => {
  const client = new pg.Client({ connectionString: await freshDatabase() })
  await client.connect()
  const { rows } = await client.query<{ name: string }>(
    `SELECT table_schema || '.' || table_name || '.' || column_name AS name FROM information_schema.columns
     WHERE column_name LIKE '%sealed%' AND table_schema = ANY($1) ORDER BY 1`,
    [subgraphNames],
  )
  await client.end()
  const listed: string[] = []
  for (const schema of subgraphNames) {
    const { sealed = [] } = await (targets[schema] as SubgraphTarget).load()
    listed.push(...sealed.map(({ table, column }) => `${schema}.${table}.${column}`))
  }
  expect(listed.sort()).toEqual(rows.map(({ name }) => name))
})
