import type { DeviceStateChanged } from '#core/contract/telemetry.js'
import { createLog } from '#core/service/log.js'
import { openTopics, type Topics } from '#core/service/topics.js'
import { openGraph } from '#tests/kit/graph.js'
import { startStores } from '#tests/kit/private-stores.js'
import { startProduct } from '#tests/kit/product.js'
import { type Bench, median, percentile } from './row.js'

const events = 500
const everyMs = 10
/** What a reader yields when it has begun. */
const listening = -1

const event = (deviceId: string, rttMs: number): DeviceStateChanged => ({
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

/** Publishes events one by one; `seen` settles when event `n` arrived. Latencies in ms. */
async function latencies(
  topics: Topics,
  deviceId: string,
  arrivals: AsyncIterator<number>,
): Promise<number[]> {
  const sentAt: number[] = []
  const took: number[] = []
  await arrivals.next()
  const reading = (async () => {
    while (took.length < events) {
      const { value } = await arrivals.next()
      const sent = sentAt[value]
      if (sent !== undefined) took.push(performance.now() - sent)
    }
  })()
  for (let n = 0; n < events; n++) {
    sentAt[n] = performance.now()
    await topics.publish('device.state', event(deviceId, n))
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  await reading
  await arrivals.return?.()
  return took
}

/** From the event's publication to a WebSocket subscriber, with fields of two subgraphs; against a bare reader of the same stream. */
export const latency: Bench = async () => {
  await using stores = await startStores()
  await using product = await startProduct({
    args: ['--no-lab'],
    env: { SOTP_DATABASE_URL: stores.databaseUrl, SOTP_REDIS_URL: stores.redisUrl },
  })
  await using graph = await openGraph(product.url, product.admin)
  await using topics = openTopics({ redisUrl: stores.redisUrl, log: createLog('bench', 'silent') })
  const { createDevice } = await graph.ask<{ createDevice: { id: string } }>(
    'mutation ($input: CreateDeviceInput!) { createDevice(input: $input) { id } }',
    { input: { name: 'bench', address: '127.30.0.1', monitoring: { icmp: { enabled: false } } } },
  )
  const query =
    'subscription { deviceStateChanged { type state { rttMs reachability device { name interfaces { totalCount } } } } }'
  async function* delivered(): AsyncGenerator<number> {
    for await (const { deviceStateChanged } of graph.listen<{
      deviceStateChanged: { type: string; state: { rttMs: number } | null }
    }>(query)) {
      // LIVE: from here on every event is delivered.
      if (deviceStateChanged.type === 'LIVE') yield listening
      if (deviceStateChanged.type === 'CHANGE' && deviceStateChanged.state)
        yield deviceStateChanged.state.rttMs
    }
  }
  async function* bare(): AsyncGenerator<number> {
    const after = await topics.head('device.state')
    yield listening
    for await (const item of topics.subscribe('device.state', { after, signal: AbortSignal.timeout(60_000) }))
      yield item.event.state.rttMs ?? listening
  }
  const ours = await latencies(topics, createDevice.id, delivered())
  const reference = await latencies(topics, createDevice.id, bare())
  const p95 = percentile(ours, 0.95)
  const row = { unit: 'ms', reference: percentile(reference, 0.95) }
  return [
    {
      ...row,
      name: 'event → subscriber, p95 (two subgraphs)',
      value: p95,
      ratio: p95 / row.reference,
      target: '≤ 50 ms',
      ok: p95 <= 50,
    },
    {
      ...row,
      name: 'event → subscriber, p50 (two subgraphs)',
      value: median(ours),
      reference: median(reference),
      ratio: median(ours) / median(reference),
      target: '≤ 20 ms',
      ok: median(ours) <= 20,
    },
  ]
}
