import type { DeviceStateChanged } from '#core/contract/telemetry.js'
import { createLog } from '#core/service/log.js'
import { openTopics } from '#core/service/topics.js'
import { startStores } from '#tests/kit/private-stores.js'
import { tokenMint } from '#tests/kit/small-graph.js'

import type { Row } from '../row.js'
import { type Child, startChild } from './child.js'
import type { ClientsCalls } from './clients-process.js'
import { now } from './clock.js'
import { judge } from './judge.js'
import { startProduct } from './product.js'
import type { RawBroadcastCalls } from './raw-broadcast-process.js'

const clientCount = 400
const deviceCount = 20
const perSecond = 200
const seconds = 5
const warmUpSeconds = 1
/** The last event may take so long. */
const restMs = 10_000
const liveWithinMs = 60_000
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

async function createDevices(url: string, token: string): Promise<string[]> {
  const mutation = 'mutation ($input: CreateDeviceInput!) { createDevice(input: $input) { id } }'
  const create = async (n: number): Promise<string> => {
    const monitoring = { icmp: { enabled: false } }
    const input = { name: `bench-${n}`, address: `127.31.0.${n + 1}`, monitoring }
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: mutation, variables: { input } }),
    })
    const answer = (await response.json()) as { data?: { createDevice: { id: string } } }
    if (!answer.data) throw new Error(`no device: ${JSON.stringify(answer)}`)
    return answer.data.createDevice.id
  }
  return Promise.all(Array.from({ length: deviceCount }, (_, n) => create(n)))
}

interface Delivery {
  p50: number
  p95: number
  p99: number
  /** Share of the events times the clients that arrived whole. */
  share: number
  fault: string | null
}

/** Sends events at an even pace; each carries when it was sent. The first second warms up. */
async function paced(
  { calls }: Child<ClientsCalls>,
  send: (at: number, n: number) => Promise<unknown>,
): Promise<Delivery> {
  const before = await calls.total()
  let sent = 0
  const sendFor = async (forSeconds: number) => {
    const begin = now()
    await calls.time(begin)
    for (let n = 0; n < forSeconds * perSecond; n++, sent++) {
      const waitMs = begin + (n * 1000) / perSecond - now()
      if (waitMs > 0.5) await new Promise((resolve) => setTimeout(resolve, waitMs))
      await send(now() - begin, sent)
    }
    await calls.until(before + sent * clientCount, restMs)
  }
  await sendFor(warmUpSeconds)
  await sendFor(seconds)
  const [p50 = 0, p95 = 0, p99 = 0] = await Promise.all(
    [0.5, 0.95, 0.99].map((share) => calls.latency(share)),
  )
  const share = ((await calls.total()) - before) / (sent * clientCount)
  return { p50, p95, p99, share, fault: await calls.fault() }
}

/** The same pace and bytes from two raw `ws` servers: what the machine, the clients and the sockets take. */
async function bare(sample: string): Promise<Delivery> {
  await using one = startChild<RawBroadcastCalls>('raw-broadcast')
  await using other = startChild<RawBroadcastCalls>('raw-broadcast')
  await using crowd = startChild<ClientsCalls>('clients')
  const urls = [await one.calls.start(), await other.calls.start()]
  await crowd.calls.open({ urls, tokens: [], count: clientCount, query })
  return await paced(crowd, (at) => {
    const text = sample.replace(/"at":[\d.]+/, `"at":${at}`)
    return Promise.all([one.calls.broadcast(text), other.calls.broadcast(text)])
  })
}

async function ours(): Promise<Delivery & { sample: string }> {
  await using stores = await startStores()
  await using product = await startProduct(stores.redisUrl, stores.databaseUrl)
  const mint = await tokenMint(stores.redisUrl)
  const tokens = await Promise.all(Array.from({ length: clientCount }, () => mint()))
  const ids = await createDevices(product.urls[0] ?? '', tokens[0] ?? '')
  await using crowd = startChild<ClientsCalls>('clients')
  await using topics = openTopics({ redisUrl: stores.redisUrl, log: createLog('bench', 'warn') })
  await crowd.calls.open({ urls: product.urls, tokens, count: clientCount, query })
  const liveBy = performance.now() + liveWithinMs
  while ((await crowd.calls.live()) < clientCount) {
    if (performance.now() > liveBy) throw new Error(`not all are live: ${await crowd.calls.fault()}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const delivery = await paced(crowd, (at, n) =>
    topics.publish('device.state', stateOf(ids[n % deviceCount] ?? '', at)),
  )
  return { ...delivery, sample: await crowd.calls.sample() }
}

/**
 * From the publication of a device's state to 400 WebSocket clients of two gateways, each of whom gets every one of 200
 * events a second with fields of a second subgraph; against two raw `ws` servers that only send the bytes.
 */
export async function published(): Promise<Row[]> {
  const { sample, share, fault, ...took } = await ours()
  const reference = await bare(sample)
  const ms = (figure: 'p50' | 'p95' | 'p99') => ({
    unit: 'ms',
    value: took[figure],
    reference: reference[figure],
  })
  const why = fault === null ? '' : ` (${fault})`
  return [
    judge({ name: `publish → ${clientCount} clients of 2 gateways, p50, against raw ws`, ...ms('p50') }, {}),
    judge({ name: '… p95', ...ms('p95') }, { valueAtMost: 20 }),
    judge({ name: '… p99', ...ms('p99') }, {}),
    judge(
      { name: `… delivered${why}`, unit: '%', value: 100 * share, reference: 100 * reference.share },
      { valueAtLeast: 100, valueAtMost: 100 },
    ),
  ]
}
