import type { PollJob, PollTarget } from '../contract/polling.js'
import type { QueueDefinition } from '../contract/queues.js'
import { queues } from '../contract/queues.js'
import type { CollectorKind, TelemetryBatch } from '../contract/telemetry.js'
import { failedOutcome, type Poller, type ProbeResult, SampleRows } from './collector.js'
import { BatchBuilder, batchJobId } from './collector-batch.js'
import type { Flights } from './collector-flights.js'
import { missedBatches } from './collector-missed.js'
import type { Log } from './log.js'
import { count, gauge, observeSeconds } from './metrics.js'
import type { Outlet } from './spool/outlet.js'

/** Results wait at most this long for others of their shard. */
const flushMs = 2000

/** Ways that results go: who stores samples must not wait for who keeps the inventory, or the other way round. */
export const resultQueues = {
  telemetry: [queues.telemetry],
  inventory: [queues.facts, queues.neighbors],
} as const satisfies Record<string, readonly QueueDefinition[]>
export type Outlets = Readonly<Record<keyof typeof resultQueues, Outlet>>

export interface JobParts {
  kind: CollectorKind
  log: Log
  poller: Poller
  flights: Flights
  outlets: Outlets
  signal: AbortSignal
}

/** Polls these targets, those of them that nobody polls now, and sends what they said. `alone`: Redis is away. */
export async function pollJob(
  parts: JobParts,
  job: PollJob,
  targets: readonly PollTarget[],
  alone = false,
): Promise<void> {
  const { kind, flights } = parts
  const labels = { collector: kind }
  const began = performance.now()
  const slowed = new Map((job.slowed ?? []).map((one) => [one.deviceId, one]))
  const due = targets.filter(({ deviceId }) => slowed.get(deviceId)?.due ?? true)
  const claimed = await flights.claim(
    due.map(({ deviceId }) => deviceId),
    alone,
  )
  if (claimed.size < due.length)
    count('sotp_collector_skipped_total', { collector: kind, reason: 'in_flight' }, due.length - claimed.size)
  gauge('sotp_collector_in_flight', flights.size, labels)
  try {
    await send(
      parts,
      job,
      everyResult(
        parts,
        due.filter(({ deviceId }) => claimed.has(deviceId)),
        { essentialOnly: job.essentialOnly ?? false, every: (id) => slowed.get(id)?.everySeconds },
      ),
    )
  } finally {
    await flights.release(claimed, alone)
    gauge('sotp_collector_in_flight', flights.size, labels)
    observeSeconds('sotp_collector_job_seconds', (performance.now() - began) / 1000, labels)
  }
}

/** Says of each target that its poll was due and did not take place. */
export async function missJob(
  { kind, outlets }: JobParts,
  job: PollJob,
  targets: readonly PollTarget[],
): Promise<void> {
  const ids = targets.map(({ deviceId }) => deviceId)
  for (const { batch, jobId } of missedBatches(kind, job, ids))
    await outlets.telemetry.add(queues.telemetry, batch, { jobId })
}

async function send(
  { kind, outlets }: JobParts,
  job: PollJob,
  results: AsyncIterable<ProbeResult>,
): Promise<void> {
  const builder = new BatchBuilder(kind)
  const sends: Promise<void>[] = []
  let sent = 0
  const keep = (sending: Promise<void>) => {
    // Awaited below; until then a rejection must not count as unhandled.
    sending.catch(() => {})
    sends.push(sending)
  }
  const sendBatches = (batches: TelemetryBatch[]) => {
    for (const batch of batches)
      keep(
        outlets.telemetry.add(queues.telemetry, batch, {
          jobId: resultJobId(job, sent++, batch),
          weight: samplesIn(batch),
        }),
      )
  }
  const sendFacts = ({ facts, neighbors }: ProbeResult) => {
    const outlet = outlets.inventory
    if (facts) keep(outlet.add(queues.facts, facts, { jobId: `facts:${facts.deviceId}:${facts.at}` }))
    if (neighbors)
      keep(
        outlet.add(queues.neighbors, neighbors, { jobId: `neighbors:${neighbors.deviceId}:${neighbors.at}` }),
      )
  }
  const timer = setInterval(() => sendBatches(builder.take()), flushMs)
  try {
    for await (const result of results) {
      tell(kind, result)
      sendBatches(builder.add(result))
      sendFacts(result)
    }
  } finally {
    clearInterval(timer)
    sendBatches(builder.take())
  }
  await Promise.all(sends)
}

const samplesIn = ({ samples }: TelemetryBatch): number =>
  'count' in samples ? samples.count : samples.value.length

/**
 * The id of a batch's job, with the time of its last poll: a slot that is polled twice (a job that runs again after a crash)
 * gives two measurements, of which neither may shadow the other. What is sent again from a spool keeps its id.
 */
const resultJobId = (job: PollJob, n: number, batch: TelemetryBatch): string =>
  `${batchJobId(job, n, batch)}:${batch.outcomes.at(-1)?.at ?? 0}`

/** Exactly one result a target, unless the process stops: a probe that throws or forgets one fails, with us to blame. */
async function* everyResult(
  { poller, kind, log, signal }: JobParts,
  targets: readonly PollTarget[],
  { essentialOnly, every }: { essentialOnly: boolean; every: (deviceId: string) => number | undefined },
): AsyncGenerator<ProbeResult> {
  const waiting = new Set(targets.map(({ deviceId }) => deviceId))
  const began = performance.now()
  let detail = 'the collector gave no result'
  const withInterval = (result: ProbeResult): ProbeResult => {
    const intervalSeconds = every(result.outcome.deviceId)
    return intervalSeconds === undefined
      ? result
      : { ...result, outcome: { ...result.outcome, intervalSeconds } }
  }
  try {
    for await (const result of targets.length > 0 ? poller.probe(targets, signal, { essentialOnly }) : []) {
      if (waiting.delete(result.outcome.deviceId)) yield withInterval(result)
    }
  } catch (error) {
    count('sotp_collector_faults_total', { collector: kind })
    log.error({ err: error }, 'probe failed')
    detail = `the collector failed: ${error instanceof Error ? error.message : String(error)}`
  }
  if (signal.aborted) return
  const durationMs = performance.now() - began
  for (const deviceId of waiting) {
    const outcome = failedOutcome(deviceId, 'INTERNAL', { detail, durationMs })
    yield withInterval({ outcome, samples: new SampleRows() })
  }
}

function tell(kind: CollectorKind, { outcome, samples }: ProbeResult): void {
  const { result, reason, durationMs } = outcome
  count('sotp_collector_polls_total', { collector: kind, result, reason: reason ?? '' })
  observeSeconds('sotp_collector_poll_seconds', durationMs / 1000, { collector: kind })
  count('sotp_collector_samples_total', { collector: kind }, samples.length)
}
