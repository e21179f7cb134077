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
/** Each client watches one site; each site has one device. */
const siteCount = 20
const readers = clientCount / siteCount
const perSecond = 200
const seconds = 5
const warmUpSeconds = 1
/** The last event may take so long. */
const restMs = 10_000
const liveWithinMs = 60_000
const query = `subscription ($site: ID!) {
  deviceStateChanged(filter: { siteIds: [$site] }) {
    type
    state { at: rttMs reachability device { name address } }
  }
}`

interface Place {
  deviceId: string
  siteId: string
}

const stateOf = ({ deviceId, siteId }: Place, rttMs: number): DeviceStateChanged => ({
  v: 1,
  kind: 'device.state',
  removed: false,
  state: {
    deviceId,
    siteId,
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

async function ask<Data>(url: string, token: string, body: object): Promise<Data> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify(body) })
  const answer = (await response.json()) as { data?: Data }
  if (!answer.data) throw new Error(JSON.stringify(answer))
  return answer.data
}

/** A site with a device that nobody polls. */
async function createPlace(url: string, token: string, n: number): Promise<Place> {
  const { createSite } = await ask<{ createSite: { id: string } }>(url, token, {
    query: 'mutation ($input: SiteInput!) { createSite(input: $input) { id } }',
    variables: { input: { name: `bench ${n}` } },
  })
  const monitoring = { icmp: { enabled: false } }
  const input = { name: `bench-${n}`, address: `127.31.0.${n + 1}`, siteId: createSite.id, monitoring }
  const { createDevice } = await ask<{ createDevice: { id: string } }>(url, token, {
    query: 'mutation ($input: CreateDeviceInput!) { createDevice(input: $input) { id } }',
    variables: { input },
  })
  return { deviceId: createDevice.id, siteId: createSite.id }
}

interface Delivery {
  p50: number
  p95: number
  p99: number
  /** Share of the events times their readers that arrived whole. */
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
    await calls.until(before + sent * readers, restMs)
  }
  await sendFor(warmUpSeconds)
  await sendFor(seconds)
  const [p50 = 0, p95 = 0, p99 = 0] = await Promise.all(
    [0.5, 0.95, 0.99].map((share) => calls.latency(share)),
  )
  const share = ((await calls.total()) - before) / (sent * readers)
  return { p50, p95, p99, share, fault: await calls.fault() }
}

/** The same pace and bytes from two raw `ws` servers: what the machine, the clients and the sockets take. */
async function bare(sample: string): Promise<Delivery> {
  await using one = startChild<RawBroadcastCalls>('raw-broadcast')
  await using other = startChild<RawBroadcastCalls>('raw-broadcast')
  await using crowd = startChild<ClientsCalls>('clients')
  const urls = [await one.calls.start(), await other.calls.start()]
  const variables = Array.from({ length: siteCount }, (_, site) => ({ site }))
  for (const url of urls)
    await crowd.calls.open({ urls: [url], tokens: [], count: clientCount / 2, query, variables })
  return await paced(crowd, (at, n) => {
    const text = sample.replace(/"at":[\d.]+/, `"at":${at}`)
    const site = variables[n % siteCount]
    return Promise.all([one.calls.broadcast(text, site), other.calls.broadcast(text, site)])
  })
}

async function ours(): Promise<Delivery & { sample: string }> {
  await using stores = await startStores()
  await using product = await startProduct(stores.redisUrl, stores.databaseUrl)
  const mint = await tokenMint(stores.redisUrl)
  const tokens = await Promise.all(Array.from({ length: clientCount }, () => mint()))
  const [url = '', other = ''] = product.urls
  const places = await Promise.all(
    Array.from({ length: siteCount }, (_, n) => createPlace(url, tokens[0] ?? '', n)),
  )
  await using crowd = startChild<ClientsCalls>('clients')
  await using topics = openTopics({ redisUrl: stores.redisUrl, log: createLog('bench', 'warn') })
  const variables = places.map(({ siteId }) => ({ site: siteId }))
  // Half of each site's clients at each gateway: the first 200 at one, the others at the other.
  const half = { tokens, count: clientCount / 2, query, variables }
  await crowd.calls.open({ urls: [url], ...half })
  await crowd.calls.open({ urls: [other], ...half })
  const liveBy = performance.now() + liveWithinMs
  while ((await crowd.calls.live()) < clientCount) {
    if (performance.now() > liveBy) throw new Error(`not all are live: ${await crowd.calls.fault()}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const delivery = await paced(crowd, (at, n) =>
    topics.publish('device.state', stateOf(places[n % siteCount] as Place, at)),
  )
  return { ...delivery, sample: await crowd.calls.sample() }
}

/**
 * From the publication of a device's state to the WebSocket clients of two gateways: 200 events a second over 20 sites,
 * 400 clients who each watch one site, fields of a second subgraph in every event; against two raw `ws` servers that
 * only send the bytes to the same clients.
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
