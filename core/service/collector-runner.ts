import type * as z from 'zod'

import type { PollJob, PollTarget } from '../contract/polling.js'
import { queues } from '../contract/queues.js'
import type { CollectorKind, TelemetryBatch } from '../contract/telemetry.js'
import { type Collector, failedOutcome, type Poller, type ProbeResult, SampleRows } from './collector.js'
import { openResolver } from './collector-address.js'
import { BatchBuilder, batchJobId } from './collector-batch.js'
import { openCredentials } from './collector-credentials.js'
import { type Flights, openFlights } from './collector-flights.js'
import { openCredentialUse } from './credential-use.js'
import { openDerivedSecrets } from './derived-secrets.js'
import { openKnownPorts } from './known-ports.js'
import type { Log } from './log.js'
import { count, gauge, observeSeconds } from './metrics.js'
import { openPlan, type Plan } from './plan.js'
import { openQueue, type Queue } from './queue.js'
import { openRedis } from './redis.js'
import type { RoomOptions, RunningRoom } from './room.js'
import { openSecretBox, openSecretShelf } from './secrets.js'
import { openSecrets } from './secrets-vault.js'

const pollQueues = { icmp: queues.pollIcmp, snmp: queues.pollSnmp } as const

/** An immediate poll (re-check, poll-now) that waited longer than this is no use to anybody. */
const adhocStaleMs = 60_000
/** Results wait at most this long for others of their shard. */
const flushMs = 2000
/** When the process stops, running polls get this long to end by themselves. */
const graceMs = 2000

interface Parts {
  kind: CollectorKind
  log: Log
  poller: Poller
  plan: Plan
  flights: Flights
  telemetry: Queue<TelemetryBatch>
  facts: Queue<NonNullable<ProbeResult['facts']>>
  neighbors: Queue<NonNullable<ProbeResult['neighbors']>>
  signal: AbortSignal
}

/**
 * Runs one collector: takes its poll jobs, reads their targets from the plan, probes them and puts what they said on
 * `telemetry.batches`, `inventory.facts` and `inventory.neighbors`. Disposing it takes no more jobs, gives running ones 2 s, then aborts them.
 */
export async function runCollector<Schema extends z.ZodType>(
  collector: Collector<Schema>,
  { config, log: roomLog, health }: RoomOptions<z.infer<Schema>>,
): Promise<RunningRoom> {
  const { kind } = collector
  const log = roomLog.child({ collector: kind })
  await using stack = new AsyncDisposableStack()
  const redis = stack.adopt(openRedis(config.SOTP_REDIS_URL, log), (open) => open.disconnect())
  const open = { redisUrl: config.SOTP_REDIS_URL, log }
  const box = openSecretBox(config.SOTP_SECRETS_KEY, config.SOTP_SECRETS_KEYS_OLD)
  const shelf = openSecretShelf(redis, box)
  const secrets = collector.credentials ? openSecrets(config, shelf, { log, stack }) : shelf
  const use = collector.credentials ? stack.use(openCredentialUse({ ...open, kind })) : undefined
  const keepMs = config.SOTP_SECRETS_CACHE_SECONDS * 1000
  const poller = stack.use(
    await collector.open({
      config,
      log,
      secrets: openCredentials(secrets, { keepMs, opened: (ref) => use?.opened(ref) }),
      derived: openDerivedSecrets(redis, box, log),
      addresses: openResolver(),
      knownPorts: openKnownPorts(redis),
    }),
  )
  const stop = new AbortController()
  const parts: Parts = {
    kind,
    log,
    poller,
    plan: openPlan(redis),
    flights: stack.use(openFlights(redis, kind, log)),
    telemetry: stack.use(openQueue(queues.telemetry, open)),
    facts: stack.use(openQueue(queues.facts, open)),
    neighbors: stack.use(openQueue(queues.neighbors, open)),
    signal: stop.signal,
  }
  const jobs = stack.adopt(openQueue(pollQueues[kind], open), async (queue) => {
    const timer = setTimeout(() => stop.abort(), graceMs)
    await queue[Symbol.asyncDispose]()
    clearTimeout(timer)
    stop.abort()
  })
  health.add(`${kind} collector`, async () => {
    await redis.ping()
    await poller.check?.()
  })
  if (collector.credentials) health.add(`${kind} credentials`, secrets.check)
  jobs.process(collector.jobs, (job) => runJob(parts, job))
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** Whether the poll a job asks for has been overtaken by the next one: a backlog is skipped, never worked off. */
export const isStale = ({ slotAt, intervalSeconds }: PollJob, now: number): boolean =>
  now - slotAt > (intervalSeconds === null ? adhocStaleMs : intervalSeconds * 1000)

async function runJob(parts: Parts, job: PollJob): Promise<void> {
  const { kind, plan, flights } = parts
  const labels = { collector: kind }
  observeSeconds('sotp_collector_slot_delay_seconds', Math.max(0, Date.now() - job.slotAt) / 1000, labels)
  if (isStale(job, Date.now())) {
    count('sotp_collector_skipped_total', { collector: kind, reason: 'stale' })
    return
  }
  const began = performance.now()
  const targets =
    job.shard === null ? await plan.devices(kind, job.deviceIds ?? []) : await plan.shard(kind, job.shard)
  const claimed = await flights.claim(targets.map(({ deviceId }) => deviceId))
  if (claimed.size < targets.length) {
    count(
      'sotp_collector_skipped_total',
      { collector: kind, reason: 'in_flight' },
      targets.length - claimed.size,
    )
  }
  gauge('sotp_collector_in_flight', flights.size, labels)
  try {
    await pollTargets(
      parts,
      job,
      targets.filter(({ deviceId }) => claimed.has(deviceId)),
    )
  } finally {
    await flights.release(claimed)
    gauge('sotp_collector_in_flight', flights.size, labels)
    observeSeconds('sotp_collector_job_seconds', (performance.now() - began) / 1000, labels)
  }
}

async function pollTargets(parts: Parts, job: PollJob, targets: readonly PollTarget[]): Promise<void> {
  const builder = new BatchBuilder(parts.kind)
  const sends: Promise<void>[] = []
  let sent = 0
  const send = (batches: TelemetryBatch[]) => {
    for (const batch of batches) {
      const sending = parts.telemetry.add(batch, { jobId: batchJobId(job, sent++, batch) })
      // Awaited below; until then a rejection must not count as unhandled.
      sending.catch(() => {})
      sends.push(sending)
    }
  }
  const timer = setInterval(() => send(builder.take()), flushMs)
  try {
    for await (const result of everyResult(parts, targets)) {
      tell(parts.kind, result)
      send(builder.add(result))
      for (const sending of tellFacts(parts, result)) {
        sending.catch(() => {})
        sends.push(sending)
      }
    }
  } finally {
    clearInterval(timer)
    send(builder.take())
  }
  await Promise.all(sends)
}

/** What a device says of itself and of its neighbours, each on its way to inventory. */
const tellFacts = ({ facts, neighbors }: Parts, result: ProbeResult): Promise<void>[] => [
  ...(result.facts
    ? [facts.add(result.facts, { jobId: `facts:${result.facts.deviceId}:${result.facts.at}` })]
    : []),
  ...(result.neighbors
    ? [
        neighbors.add(result.neighbors, {
          jobId: `neighbors:${result.neighbors.deviceId}:${result.neighbors.at}`,
        }),
      ]
    : []),
]

/** Exactly one result a target, unless the process stops: a probe that throws or forgets one fails, with us to blame. */
async function* everyResult(
  { poller, log, kind, signal }: Parts,
  targets: readonly PollTarget[],
): AsyncGenerator<ProbeResult> {
  const waiting = new Set(targets.map(({ deviceId }) => deviceId))
  const began = performance.now()
  let detail = 'the collector gave no result'
  try {
    for await (const result of targets.length > 0 ? poller.probe(targets, signal) : []) {
      if (waiting.delete(result.outcome.deviceId)) yield result
    }
  } catch (error) {
    count('sotp_collector_faults_total', { collector: kind })
    log.error({ err: error }, 'probe failed')
    detail = `the collector failed: ${error instanceof Error ? error.message : String(error)}`
  }
  if (signal.aborted) return
  const durationMs = performance.now() - began
  for (const deviceId of waiting) {
    yield { outcome: failedOutcome(deviceId, 'INTERNAL', { detail, durationMs }), samples: new SampleRows() }
  }
}

function tell(kind: CollectorKind, { outcome, samples }: ProbeResult): void {
  const { result, reason, durationMs } = outcome
  count('sotp_collector_polls_total', { collector: kind, result, reason: reason ?? '' })
  observeSeconds('sotp_collector_poll_seconds', durationMs / 1000, { collector: kind })
  count('sotp_collector_samples_total', { collector: kind }, samples.length)
}
