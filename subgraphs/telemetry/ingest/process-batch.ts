import { createHash } from 'node:crypto'

import { packSamples, type SampleColumns } from '#core/contract/samples.js'
import {
  type CollectorKind,
  collectorKind,
  type PollOutcome,
  type Reachability,
  samplesOf,
  type TelemetryBatch,
} from '#core/contract/telemetry.js'
import type { Log } from '#core/service/log.js'
import { count, observeSeconds } from '#core/service/metrics.js'
import type { Topics } from '#core/service/topics.js'
import type { DataSource, EntityManager } from '#db/source.js'
import { futureMaxMs } from '#db/store/accept.js'
import type { Store } from '#db/store/store.js'

import {
  type DeviceRecord,
  type Figures,
  miss,
  observe,
  type StateChangeRow,
} from '../state/device-record.js'
import type { Poll, Watched } from '../state/machine.js'
import { columnsOf, type DeviceSample, figuresIn, joinColumns, joinRows } from './columns.js'
import { saveInterfaces } from './interfaces.js'
import { blameSilent, correctChildren } from './parents.js'
import { lockPolled, saveChanges, saveRecords, tell } from './records.js'
import { saveSensors } from './sensors.js'
import type { Tally } from './tally.js'

/** Asks a collector to poll these devices again after `delayMs`. `id` is the same for the same ask. */
export type Recheck = (
  kind: CollectorKind,
  deviceIds: string[],
  ask: { id: string; delayMs: number },
) => Promise<void>

export interface BatchOptions {
  source: DataSource
  store: Store
  topics: Topics
  recheck: Recheck
  tally: Tally
  log: Log
  now?: () => number
}

/** Who was cut off gets so long to find its way back before it is asked. */
const comeBackMs = 2000
/** Interval taken for a device that the projection has not heard of yet. */
const intervalGuess = 60
const noPartition = '23514'

/**
 * Takes in one batch. Samples, states, history and events are one transaction, so a batch counts wholly or not at all,
 * and once: samples by their key, states because a poll that is not newer is no news. `samples.stored` and re-checks follow
 * the commit; a batch that is repeated after a crash in between tells its samples again.
 */
export function createBatchProcessor(options: BatchOptions): (batch: TelemetryBatch) => Promise<void> {
  const { source, store, topics, recheck, tally, log, now = Date.now } = options
  let loggedAt = 0

  function refuse(reason: string, by: number): void {
    count('sotp_telemetry_refused_total', { reason }, by)
    tally.refused(reason, by)
    if (now() - loggedAt < 60_000) return
    loggedAt = now()
    log.warn({ reason, samples: by }, 'samples refused (told at most once a minute)')
  }

  function usable(outcomes: readonly PollOutcome[]): PollOutcome[] {
    const fine = outcomes.filter(({ at }) => at <= now() + futureMaxMs)
    if (fine.length < outcomes.length) refuse('outcome_future', outcomes.length - fine.length)
    return fine.toSorted((a, b) => a.at - b.at)
  }

  return async (batch) => {
    const began = performance.now()
    const { samples, refused } = store.accept(samplesOf(batch))
    for (const [reason, by] of refused) refuse(reason, by)
    const outcomes = usable(batch.outcomes)
    const polled = [...new Set(outcomes.map(({ deviceId }) => deviceId))]
    await store.ensureSeries(
      polled.map((deviceId) => ({ deviceId, metric: 'device.up' as const, instance: null })),
    )
    const rows = await store.resolve(samples)
    const figures = figuresIn(samples)
    const done = await source
      .transaction(async (manager) => {
        const states = await moveStates(manager, { collector: batch.collector, outcomes, figures })
        const ups = columnsOf('device.up', states.ups)
        const written = await store.writeSamples(manager, joinRows(rows, await store.resolve(ups)))
        await saveInterfaces(manager, samples)
        await saveSensors(manager, samples)
        await saveRecords(manager, states.moved)
        await saveChanges(manager, states.changes)
        await tell(manager, states.told)
        return { ...states, written, stored: joinColumns(samples, ups) }
      })
      .catch(async (error: unknown) => {
        // The clock has run past the partitions (a machine that slept): make them, the retry will find them.
        if ((error as { code?: string }).code === noPartition) await store.maintain()
        throw error
      })
    await publish(topics, done.stored)
    if (done.fell.length > 0) await correctChildren(source, done.fell, outcomes.at(-1)?.at ?? now())
    for (const { kind, deviceIds, delayMs } of done.rechecks)
      await recheck(kind, deviceIds, { id: askId(kind, deviceIds, outcomes), delayMs })
    tally.add(batch.collector, outcomes, done.stored)
    count('sotp_telemetry_samples_total', {}, done.written.stored)
    count('sotp_telemetry_duplicates_total', {}, done.written.duplicates)
    observeSeconds('sotp_telemetry_batch_seconds', (performance.now() - began) / 1000)
  }
}

async function publish(topics: Topics, samples: SampleColumns): Promise<void> {
  if (samples.at.length === 0) return
  await topics.publish('samples.stored', { v: 2, kind: 'samples.stored', samples: packSamples(samples) })
}

const askId = (kind: CollectorKind, deviceIds: readonly string[], outcomes: readonly PollOutcome[]) =>
  createHash('sha1')
    .update(`${kind} ${outcomes.at(-1)?.at} ${deviceIds.join()}`)
    .digest('hex')

interface Moved {
  moved: DeviceRecord[]
  told: DeviceRecord[]
  changes: StateChangeRow[]
  ups: DeviceSample[]
  /** Who fell in this batch. */
  fell: string[]
  rechecks: { kind: CollectorKind; deviceIds: string[]; delayMs: number }[]
}

async function moveStates(
  manager: EntityManager,
  polls: {
    collector: CollectorKind
    outcomes: readonly PollOutcome[]
    figures: ReturnType<typeof figuresIn>
  },
): Promise<Moved> {
  const { collector, outcomes, figures } = polls
  const moved = new Map<string, DeviceRecord>()
  const told = new Set<string>()
  const ups = new Map<string, DeviceSample>()
  const changes: StateChangeRow[] = []
  const before = new Map<string, Reachability>()
  const asks = new Map<string, Moved['rechecks'][number]>()
  const ask = (kind: CollectorKind, deviceId: string, delayMs: number) => {
    const found = asks.get(`${kind} ${delayMs}`) ?? { kind, deviceIds: [], delayMs }
    found.deviceIds.push(deviceId)
    asks.set(`${kind} ${delayMs}`, found)
  }
  if (outcomes.length === 0) return { moved: [], told: [], changes, ups: [], fell: [], rechecks: [] }
  const locked = await lockPolled(
    manager,
    [...new Set(outcomes.map(({ deviceId }) => deviceId))],
    outcomes[0]?.at ?? 0,
  )
  for (const outcome of outcomes) {
    const { deviceId, at } = outcome
    const found = locked.get(deviceId)
    if (!found) continue
    const earlier = moved.get(deviceId) ?? found.record
    if (!before.has(deviceId)) before.set(deviceId, found.record.verdict.reachability)
    if (outcome.result === 'missed') {
      const noted = miss(earlier, collector, at)
      if (noted) moved.set(deviceId, noted)
      continue
    }
    const own = figures.get(deviceId) ?? {}
    const watched: Watched = found.watched ?? guessWatched(found.record, collector)
    const poll = pollOf(collector, outcome, own)
    const step = observe(earlier, poll, shown(poll, own), watched)
    if (!step) continue
    moved.set(deviceId, step.record)
    if (step.noticeable) told.add(deviceId)
    changes.push(...step.changes)
    for (const kind of step.recheck) ask(kind, deviceId, step.recheckMs)
    const { reachability } = step.record.verdict
    if (reachability === 'UNKNOWN') ups.delete(deviceId)
    else
      ups.set(deviceId, { deviceId, at, value: reachability === 'UP' || reachability === 'DEGRADED' ? 1 : 0 })
  }
  const { records, ripple, fell, ...blamed } = await blameSilent(manager, [...moved.values()], {
    before,
    changes,
  })
  for (const id of ripple.parents) ask('icmp', id, 0)
  for (const id of ripple.children) for (const kind of collectorKind.options) ask(kind, id, comeBackMs)
  const isTold = (record: DeviceRecord) => told.has(record.deviceId) || record !== moved.get(record.deviceId)
  return {
    moved: [...records.values()],
    told: [...records.values()].filter(isTold),
    changes: blamed.changes,
    ups: [...ups.values()],
    fell,
    rechecks: [...asks.values()],
  }
}

const guessWatched = ({ memory }: DeviceRecord, collector: CollectorKind): Watched => ({
  ...(memory.icmp && { icmp: intervalGuess }),
  ...(memory.snmp && { snmp: intervalGuess }),
  [collector]: intervalGuess,
})

const pollOf = (kind: CollectorKind, outcome: PollOutcome, figures: Partial<Figures>): Poll => ({
  kind,
  at: outcome.at,
  failure: outcome.result === 'failed' ? (outcome.reason ?? 'NO_REPLY') : null,
  lossRatio: kind === 'icmp' ? (figures.lossRatio ?? null) : null,
  intervalSeconds: outcome.intervalSeconds,
})

/** Without a reply there is no round-trip time: the old one would look like news. */
const shown = ({ kind, failure }: Poll, figures: Partial<Figures>): Partial<Figures> =>
  kind === 'icmp' && failure !== null ? { rttMs: null, jitterMs: null, lossRatio: 1 } : figures
