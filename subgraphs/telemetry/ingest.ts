import * as z from 'zod'

import { queues } from '#core/contract/queues.js'
import { integer } from '#core/service/config.js'
import { gauge } from '#core/service/metrics.js'
import { openQueue, type Queue } from '#core/service/queue.js'
import type { RoomOptions, RunningRoom } from '#core/service/room.js'
import { openTopics } from '#core/service/topics.js'
import { startOutboxRelay } from '#db/outbox.js'
import { followDevices } from '#db/projection.js'
import { openSource } from '#db/source.js'
import { wantedKind } from '#db/store/kind.js'
import { openStore } from '#db/store/store.js'

import { applyDeviceChanges } from './ingest/devices.js'
import { every } from './ingest/every.js'
import { correctChildren } from './ingest/parents.js'
import { createBatchProcessor, type Recheck } from './ingest/process-batch.js'
import { retireHistory } from './ingest/retire.js'
import { sweepStale } from './ingest/sweep.js'
import { createTally } from './ingest/tally.js'
import { retentionConfig, retentionOf } from './settings.js'
import { retireTraps } from './trap/retire-traps.js'
import { storeTraps } from './trap/store-traps.js'

export const config = retentionConfig.extend({
  /**
   * How samples lie on disk: `auto` takes the best that the database server offers when it is first used, and keeps to it;
   * `plain`, `timescale_apache` or `timescale` insist on one.
   */
  SOTP_STORE_KIND: wantedKind.default('auto'),
  /** Batches taken in at the same time. */
  SOTP_TELEMETRY_INGEST_CONCURRENCY: integer({ min: 1, max: 16, byDefault: 3 }),
  /** Seconds between two roll-ups. */
  SOTP_TELEMETRY_ROLLUP_SECONDS: integer({ min: 1, max: 300, byDefault: 15 }),
  /** Days that traps are kept. */
  SOTP_TELEMETRY_TRAP_DAYS: integer({ min: 1, max: 3650, byDefault: 30 }),
  /** Traps that are kept at most; the oldest go first. One takes some 2 kB. */
  SOTP_TELEMETRY_TRAPS_MAX: integer({ min: 1000, max: 100_000_000, byDefault: 1_000_000 }),
})

const sweepMs = 5000
const flushMs = 5000
const maintainMs = 3_600_000
/** A backlog of batches may hold the polls that a sweep misses; but not for ever. */
const sweepHeldMax = 12

/** Takes batches from the queue into the store, keeps states, makes the roll-ups. */
export async function start(options: RoomOptions<z.infer<typeof config>>): Promise<RunningRoom> {
  const { config: settings, log, health } = options
  const redisUrl = settings.SOTP_REDIS_URL
  const concurrency = settings.SOTP_TELEMETRY_INGEST_CONCURRENCY
  await using stack = new AsyncDisposableStack()
  const source = await openSource({
    url: settings.SOTP_DATABASE_URL,
    schema: 'telemetry',
    entities: [],
    poolMax: concurrency + 5,
  })
  stack.defer(() => source.destroy())
  health.add('telemetry ingest database', async () => void (await source.query('SELECT 1')))
  const topics = stack.use(openTopics({ redisUrl, log }))
  const store = openStore({ source, retention: retentionOf(settings), wanted: settings.SOTP_STORE_KIND })
  const { kind, why, reportsUsage } = await store.kind()
  log.info({ kind, why }, 'store of samples')
  if (reportsUsage)
    log.warn('TimescaleDB reports to its vendor; timescaledb.telemetry_level=off in postgresql.conf stops it')
  await store.maintain()
  const tally = createTally(source)
  stack.defer(() => tally.flush())

  stack.use(startOutboxRelay({ databaseUrl: settings.SOTP_DATABASE_URL, schema: 'telemetry', topics, log }))
  stack.use(
    followDevices({
      source,
      topics,
      name: 'telemetry',
      log,
      changed: (manager, events) => applyDeviceChanges(manager, events, store),
    }),
  )
  stack.use(every({ name: 'tally', ms: flushMs, log }, () => tally.flush()))
  stack.use(
    every({ name: 'rollup', ms: settings.SOTP_TELEMETRY_ROLLUP_SECONDS * 1000, log }, async () => {
      gauge('sotp_telemetry_rollup_buckets', await store.rollup())
      tally.stage('rollup', null)
    }),
  )
  stack.use(
    every({ name: 'retention', ms: maintainMs, log }, async () => {
      const { made, dropped } = await store.maintain()
      await retireHistory(source, settings.SOTP_TELEMETRY_1H_DAYS)
      await retireTraps(source, {
        days: settings.SOTP_TELEMETRY_TRAP_DAYS,
        rowsMax: settings.SOTP_TELEMETRY_TRAPS_MAX,
      })
      tally.stage('retention', null)
      if (made.length + dropped.length > 0) log.info({ made, dropped }, 'partitions made and dropped')
    }),
  )

  const polls = {
    icmp: stack.use(openQueue(queues.pollIcmp, { redisUrl, log })),
    snmp: stack.use(openQueue(queues.pollSnmp, { redisUrl, log })),
  }
  const recheck: Recheck = (kind, deviceIds, { id, delayMs }) =>
    polls[kind].add(
      {
        v: 1,
        kind: 'poll',
        collector: kind,
        slotAt: Date.now() + delayMs,
        intervalSeconds: null,
        shard: null,
        deviceIds,
      },
      { jobId: `recheck-${id}-${delayMs}`, delayMs },
    )
  const batches = stack.use(openQueue(queues.telemetry, { redisUrl, log }))
  health.add('telemetry ingest queue', async () => void (await batches.counts()))
  batches.process(concurrency, createBatchProcessor({ source, store, topics, recheck, tally, log }))
  const traps = stack.use(openQueue(queues.traps, { redisUrl, log }))
  traps.process(1, async (batch) => {
    await storeTraps(source, batch, Date.now())
    tally.stage('traps', null)
  })
  stack.use(
    every(
      { name: 'sweep', ms: sweepMs, log },
      sweeper(batches, () => sweepStale(source, Date.now())),
    ),
  )
  stack.use(
    every(
      { name: 'parents', ms: sweepMs, log },
      async () => void (await correctChildren(source, 'all', Date.now())),
    ),
  )

  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** Sweeps unless batches are waiting: those may well be the polls that seem to be missing. */
function sweeper(batches: Queue<unknown>, sweep: () => Promise<number>): () => Promise<void> {
  let held = 0
  return async () => {
    const { waiting } = await batches.counts()
    held = waiting > 0 ? held + 1 : 0
    if (held === 0 || held > sweepHeldMax) gauge('sotp_telemetry_swept_stale', await sweep())
  }
}
