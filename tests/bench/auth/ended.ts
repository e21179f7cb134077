import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { WebSocket } from 'ws'

import { percentile, type Row } from '../row.js'
import type { Server } from './server.js'
import type { ServerData } from './server-process.js'

const families = 20

async function post(url: string, query: string, cookie = ''): Promise<Response> {
  return fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie },
    body: JSON.stringify({ query }),
  })
}

/** A live connection of a session; it ends with the session. */
async function connect(url: string, accessToken: string): Promise<{ ended: Promise<number> }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  const ended = new Promise<number>((resolve) => socket.once('close', () => resolve(performance.now())))
  await new Promise((resolve) => socket.once('open', resolve))
  const accepted = new Promise((resolve) => socket.once('message', resolve))
  socket.send(JSON.stringify({ type: 'connection_init', payload: { accessToken } }))
  await accepted
  return { ended }
}

/** A refresh token is used again long after: how soon the live connection of its session is gone. */
export async function endedRows({ url }: Server, data: ServerData): Promise<Row[]> {
  const sql = new pg.Client({ connectionString: data.databaseUrl, options: '-c search_path=auth' })
  await sql.connect()
  const times: number[] = []
  const answers: number[] = []
  for (let n = 0; n < families; n += 1) {
    const { email, password } = data
    const login = await post(
      url,
      `mutation { login(input: { email: "${email}", password: "${password}" }) { accessToken } }`,
    )
    const body = (await login.json()) as { data: { login: { accessToken: string } } }
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
    const live = await connect(url, body.data.login.accessToken)
    await post(url, 'mutation { refreshSession { accessToken } }', cookie)
    await sql.query(
      `UPDATE refresh_token SET used_at = used_at - interval '1 minute' WHERE used_at IS NOT NULL`,
    )
    const startedAt = performance.now()
    const reused = await post(url, 'mutation { refreshSession { accessToken } }', cookie)
    if (reused.status !== 401) throw new Error(`a refresh token used again got ${reused.status}`)
    answers.push(performance.now() - startedAt)
    times.push((await live.ended) - startedAt)
    await sleep(50)
  }
  await sql.end()
  const [value, reference] = [percentile(times, 0.95), percentile(answers, 0.95)]
  return [
    {
      name: 'refresh token used again: its live connection is gone, p95 (reference: the answer itself)',
      value,
      unit: 'ms',
      reference,
      ratio: value / reference,
      target: '≤ 1000 ms',
      ok: value <= 1000,
    },
  ]
}
