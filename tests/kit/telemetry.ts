import { type DeviceChanged, type DeviceRecord, monitoring } from '#core/contract/devices.js'
import type { MetricName } from '#core/contract/metrics.js'
import { packSamples } from '#core/contract/samples.js'
import type { PollFailure, TelemetryBatch } from '#core/contract/telemetry.js'
import { createLog } from '#core/service/log.js'
import { openTopics, type Topics } from '#core/service/topics.js'
import { type DataSource, openSource } from '#db/source.js'
import { openStore, type Store } from '#db/store/store.js'
import { applyDeviceChanges } from '#subgraphs/telemetry/ingest/devices.js'
import { createBatchProcessor } from '#subgraphs/telemetry/ingest/process-batch.js'
import { createTally } from '#subgraphs/telemetry/ingest/tally.js'

import { columns, type Row } from './samples.js'
import { freshDatabase, freshRedis } from './stores.js'

const log = createLog('test', 'silent')

/** The ingest worker's parts on a database and a Redis of their own, without its queue and timers. */
export interface IngestParts extends AsyncDisposable {
  databaseUrl: string
  redisUrl: string
  source: DataSource
  topics: Topics
  store: Store
  /** Re-checks that were asked for. */
  rechecks: [string, string[]][]
  process: (batch: TelemetryBatch) => Promise<void>
  /** The same over another store, one that fails for instance. */
  processWith: (store: Store) => (batch: TelemetryBatch) => Promise<void>
  /** Tells of a device as inventory would. */
  addDevice: (more?: Partial<DeviceRecord>, change?: DeviceChanged['change']) => Promise<DeviceRecord>
}

/** On stores of its own, or on given ones. */
export async function openIngestParts(stores?: {
  databaseUrl: string
  redisUrl: string
}): Promise<IngestParts> {
  const databaseUrl = stores?.databaseUrl ?? (await freshDatabase())
  const redisUrl = stores?.redisUrl ?? (await freshRedis())
  const source = await openSource({ url: databaseUrl, schema: 'telemetry', entities: [] })
  const topics = openTopics({ redisUrl, log })
  const store = openStore({ source, retention: { rawDays: 14, fiveMinuteDays: 90, hourDays: 730 } })
  await store.maintain()
  const rechecks: [string, string[]][] = []
  const processWith = (own: Store) =>
    createBatchProcessor({
      source,
      store: own,
      topics,
      recheck: async (kind, ids) => void rechecks.push([kind, ids]),
      tally: createTally(source),
      log,
    })
  return {
    databaseUrl,
    redisUrl,
    source,
    topics,
    store,
    rechecks,
    process: processWith(store),
    processWith,
    addDevice: (more = {}, change = 'CREATED') => addDevice({ source, store }, more, change),
    async [Symbol.asyncDispose]() {
      await topics[Symbol.asyncDispose]()
      await source.destroy()
    },
  }
}

async function addDevice(
  { source, store }: { source: DataSource; store: Store },
  more: Partial<DeviceRecord>,
  change: DeviceChanged['change'],
): Promise<DeviceRecord> {
  const device: DeviceRecord = {
    id: crypto.randomUUID(),
    name: 'edge-1',
    address: '127.0.0.9',
    siteId: null,
    siteName: null,
    kind: 'SWITCH',
    status: 'ACTIVE',
    tags: [],
    monitoring: monitoring.parse({ snmp: {} }),
    ...more,
  }
  await source.transaction(async (manager) => {
    await manager.query(
      `INSERT INTO device VALUES ($1, $2, $3, $4, null, 'SWITCH', $5, '{}', $6)
       ON CONFLICT (id) DO UPDATE SET status = excluded.status, site_id = excluded.site_id`,
      [device.id, device.name, device.address, device.siteId, device.status, device.monitoring],
    )
    const event: DeviceChanged = { v: 1, kind: 'device.changed', change, at: Date.now() - 86_400_000, device }
    await applyDeviceChanges(manager, [event], store)
  })
  return device
}

/** One poll of one device as a test writes it down. */
export interface Polled {
  id: string
  at: number
  failure?: PollFailure
  samples?: [MetricName, number, string?][]
}

/** Polls as the job a collector adds. */
export function batch(collector: 'icmp' | 'snmp', polls: readonly Polled[]): TelemetryBatch {
  const rows = polls.flatMap(({ id, at, samples = [] }) =>
    samples.map(
      ([metric, value, instance]): Row => ({ deviceId: id, at, metric, value, instance: instance ?? null }),
    ),
  )
  const outcomes = polls.map(({ id, at, failure }) => ({
    deviceId: id,
    at,
    result: failure ? ('failed' as const) : ('success' as const),
    reason: failure ?? null,
    detail: null,
    durationMs: 3,
  }))
  return { v: 2, kind: 'telemetry.batch', collector, samples: packSamples(columns(rows)), outcomes }
}

/** An answered ping. */
export const ping = (id: string, at: number, rtt = 4): Polled => ({
  id,
  at,
  samples: [
    ['icmp.rtt', rtt],
    ['icmp.loss', 0],
    ['icmp.jitter', 0.2],
  ],
})
/** An unanswered one. */
export const miss = (id: string, at: number): Polled => ({
  id,
  at,
  failure: 'NO_REPLY',
  samples: [['icmp.loss', 1]],
})
