import { startStores } from '../../kit/private-stores.js'
import type { Row } from '../row.js'
import { endedRows } from './ended.js'
import { fieldRows } from './fields.js'
import { identityRows } from './identity.js'
import { knownRows } from './known.js'
import { loginRows } from './logins.js'
import { startServer } from './server.js'

/** What signing in and being known costs, and how soon a lost right counts. */
export async function auth(): Promise<Row[]> {
  await using stores = await startStores()
  const data = { ...stores, email: 'root@example.net', password: 'plum-Harvest-91-kettle' }
  const { databaseUrl, redisUrl, email, password } = data
  const server = await startServer({ databaseUrl, redisUrl, email, password })
  const rows: Row[] = []
  try {
    rows.push(...(await loginRows(server, data)), ...(await endedRows(server, data)))
  } finally {
    await server[Symbol.asyncDispose]()
  }
  rows.push(...(await fieldRows()), ...(await identityRows(redisUrl)), ...(await knownRows(data)))
  return rows
}
