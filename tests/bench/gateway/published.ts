import { type ChildProcess, fork } from 'node:child_process'
import process from 'node:process'

import type { DeviceStateChanged } from '#core/contract/telemetry.js'
import { createLog } from '#core/service/log.js'
import { openTopics } from '#core/service/topics.js'
import { freePort } from '#deploy/local/ports.js'
import { startStores } from '#tests/kit/private-stores.js'
import { tokenMint } from '#tests/kit/small-graph.js'

import type { Row } from '../row.js'
import { startChild } from './child.js'
import type { ClientsCalls } from './clients-process.js'
import { now } from './clock.js'
import { judge } from './judge.js'

const clients = 400
const devices = 20
const perSecond = 200
const seconds = 5
const warmUpSeconds = 1
/** The last event may take so long. */
const restMs = 10_000
const query =
  'subscription { deviceStateChanged { type state { at: rttMs reachability device { name address } } } }'

const stateOf = (deviceId: string, rttMs: number): DeviceStateChanged => ({
  v: 1,
  kind: 'device.state',
  removed: false,
  state: {
    deviceId,
    siteId: null,
    reachability: 'UP',
    reason: 'OK',
    since: Date.now(),
    rttMs,
    lossRatio: 0,
    jitterMs: 0,
    cpuRatio: null,
    memoryRatio: null,
    uptimeSeconds: null,
    lastPolledAt: Date.now(),
  },
})

/** One target of the product in a process of its own, as in Kubernetes. */
async function startTarget(name: string, env: Record<string, string>): Promise<AsyncDisposable> {
  const child = fork(new URL('../../../deploy/local/process.js', import.meta.url), [`--target=${name}`], {
    env: { ...process.env, NODE_ENV: 'production', ...env },
  })
  const stop = () => stopped(child)
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve())
      child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)))
    })
  } catch (error) {
    await stop()
    throw error
  }
  return { [Symbol.asyncDispose]: stop }
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const late = setTimeout(() => child.kill('SIGKILL'), 5000)
  child.kill('SIGTERM')
  await ended
  clearTimeout(late)
}

/** The real thing: inventory, telemetry and two gateways, each a process, over PostgreSQL and Redis. */
async function startProduct(redisUrl: string, databaseUrl: string) {
  await using stack = new AsyncDisposableStack()
  const common = {
    SOTP_DATABASE_URL: databaseUrl,
    SOTP_REDIS_URL: redisUrl,
    SOTP_SECRETS_KEY: Buffer.alloc(32).toString('base64'),
    SOTP_INTERNAL_KEY: 'x'.repeat(40),
    SOTP_LOG_LEVEL: 'warn',
  }
  const subgraphs: Record<string, number> = {}
  for (const name of ['inventory', 'telemetry', 'alerting', 'auth']) subgraphs[name] = await freePort()
  const links = Object.entries(subgraphs).map(([name, port]) => `${name}=http://127.0.0.1:${port}`)
  // Alerting and auth are not asked for anything here, so they need not run.
  for (const name of ['inventory', 'telemetry'])
    stack.use(await startTarget(name, { ...common, SOTP_LISTEN_PORT: String(subgraphs[name]) }))
  const urls: string[] = []
  for (let n = 0; n < 2; n++) {
    const port = await freePort()
    const settings = { SOTP_GATEWAY_SUBGRAPHS: links.join(','), SOTP_HTTP_PORT: String(port) }
    stack.use(await startTarget('gateway', { ...common, ...settings }))
    urls.push(`http://127.0.0.1:${port}`)
  }
  const owned = stack.move()
  return { urls, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function createDevices(url: string, token: string): Promise<string[]> {
  const mutation = 'mutation ($input: CreateDeviceInput!) { createDevice(input: $input) { id } }'
  return Promise.all(
    Array.from({ length: devices }, async (_, n) => {
      const address = `127.31.0.${n + 1}`
      const input = { name: `bench-${n}`, address, monitoring: { icmp: { enabled: false } } }
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: mutation, variables: { input } }),
      })
      const { data, errors } = (await response.json()) as {
        data?: { createDevice: { id: string } }
        errors?: unknown
      }
      if (!data) throw new Error(`no device: ${JSON.stringify(errors)}`)
      return data.createDevice.id
    }),
  )
}

/** From the publication of a state to 400 WebSocket clients of two gateways, with fields of a second subgraph. */
export async function published(): Promise<Row[]> {
  await using stores = await startStores()
  await using product = await startProduct(stores.redisUrl, stores.databaseUrl)
  const mint = await tokenMint(stores.redisUrl)
  const tokens = await Promise.all(Array.from({ length: clients }, () => mint()))
  const ids = await createDevices(product.urls[0] ?? '', tokens[0] ?? '')
  await using crowd = startChild<ClientsCalls>('clients')
  await using topics = openTopics({ redisUrl: stores.redisUrl, log: createLog('bench', 'warn') })
  await crowd.calls.open({ urls: product.urls, tokens, count: clients, query })
  const liveBy = performance.now() + 60_000
  while ((await crowd.calls.live()) < clients) {
    if (performance.now() > liveBy) throw new Error(`not all are live: ${await crowd.calls.fault()}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const publish = async (forSeconds: number): Promise<number> => {
    const begin = now()
    await crowd.calls.time(begin)
    const count = forSeconds * perSecond
    for (let n = 0; n < count; n++) {
      const restMs = begin + (n * 1000) / perSecond - now()
      if (restMs > 0.5) await new Promise((resolve) => setTimeout(resolve, restMs))
      await topics.publish('device.state', stateOf(ids[n % devices] ?? '', now() - begin))
    }
    return count
  }
  const before = (await crowd.calls.total()) + (await publish(warmUpSeconds)) * clients
  await crowd.calls.until(before, restMs)
  const wanted = (await publish(seconds)) * clients
  const got = (await crowd.calls.until(before + wanted, restMs)) - before
  const [p50 = 0, p95 = 0, p99 = 0] = await Promise.all([0.5, 0.95, 0.99].map(crowd.calls.latency))
  const fault = await crowd.calls.fault()
  const name = `publish → ${clients} clients of two gateways`
  return [
    judge({ name: `${name}, p50`, unit: 'ms', value: p50 }, {}),
    judge({ name: '… p95', unit: 'ms', value: p95 }, { valueAtMost: 20 }),
    judge({ name: '… p99', unit: 'ms', value: p99 }, {}),
    judge(
      {
        name: `… delivered${fault ? ` (${fault.slice(0, 80)})` : ''}`,
        unit: '%',
        value: (100 * got) / wanted,
      },
      { valueAtLeast: 100, valueAtMost: 100 },
    ),
  ]
}
