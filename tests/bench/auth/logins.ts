import { setTimeout as sleep } from 'node:timers/promises'

import { percentile, type Row } from '../row.js'
import type { Server } from './server.js'
import type { ServerData } from './server-process.js'

const perSecond = 5
const logins = 150

/** Begins a work each 200 ms, whether the one before has ended or not; the times of all, in ms. */
async function paced(work: () => Promise<number>): Promise<number[]> {
  const startedAt = performance.now()
  const running: Promise<number>[] = []
  for (let n = 0; n < logins; n += 1) {
    await sleep(Math.max(0, startedAt + (n * 1000) / perSecond - performance.now()))
    running.push(work())
  }
  return Promise.all(running)
}

async function login(url: string, { email, password }: ServerData): Promise<number> {
  const startedAt = performance.now()
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: 'mutation ($input: LoginInput!) { login(input: $input) { accessToken viewer { permissions } } }',
      variables: { input: { email, password } },
    }),
  })
  const { data } = (await response.json()) as { data?: { login?: unknown } | null }
  if (!data?.login) throw new Error(`a login got ${response.status}`)
  return performance.now() - startedAt
}

/** Five sign-ins a second through the gateway, against as many bare hashes in the same process. */
export async function loginRows(server: Server, data: ServerData): Promise<Row[]> {
  for (let n = 0; n < 5; n += 1) await login(server.url, data)
  await server.call('watch')
  const bare = percentile(await paced(() => server.call('hash')), 0.95)
  const bareHold = await server.call('tell')
  await server.call('watch')
  const p95 = percentile(await paced(() => login(server.url, data)), 0.95)
  const hold = await server.call('tell')
  return [
    {
      name: `login through the gateway, p95 at ${perSecond}/s (reference: bare Argon2id)`,
      value: p95,
      unit: 'ms',
      reference: bare,
      ratio: p95 / bare,
      target: '≤ 250 ms',
      ok: p95 <= 250,
    },
    {
      name: 'login: longest hold of the event loop (reference: while only hashing)',
      value: hold,
      unit: 'ms',
      reference: bareHold,
      ratio: hold / bareHold,
      target: '≤ 50 ms',
      ok: hold <= 50,
    },
  ]
}
