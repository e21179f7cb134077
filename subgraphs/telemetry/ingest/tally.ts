import type { SampleColumns } from '#core/contract/samples.js'
import type { CollectorKind, PollOutcome } from '#core/contract/telemetry.js'
import { count } from '#core/service/metrics.js'
import type { DataSource, EntityManager } from '#db/source.js'

/** Counts what passes, and writes the sums down now and then: one small statement instead of one a batch. */
export interface Tally {
  add(collector: CollectorKind, outcomes: readonly PollOutcome[], samples: SampleColumns): void
  /** So many samples or outcomes were left out for that reason. */
  refused(reason: string, by: number): void
  /** A stage of the pipeline did its work, or says why it could not. */
  stage(name: string, message: string | null): void
  /** Writes what has gathered. After an error it is kept for the next time. */
  flush(): Promise<void>
}

interface Sums {
  minute: number
  collector: CollectorKind
  polls: number
  failed: number
  samples: number
}
interface Refused {
  minute: number
  reason: string
  count: number
}
interface Stage {
  name: string
  lastSuccessAt: number | null
  newestAt: number | null
  message: string | null
}

const minuteMs = 60_000
const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString())

export function createTally(source: DataSource, now: () => number = Date.now): Tally {
  let sums = new Map<string, Sums>()
  let stages = new Map<string, Stage>()
  let refusals = new Map<string, Refused>()
  const thisMinute = () => Math.floor(now() / minuteMs) * minuteMs

  function refuse({ minute, reason, count }: Refused): void {
    const place = `${minute} ${reason}`
    refusals.set(place, { minute, reason, count: count + (refusals.get(place)?.count ?? 0) })
  }

  function touch(name: string, more: Partial<Stage>): void {
    const before = stages.get(name) ?? { name, lastSuccessAt: null, newestAt: null, message: null }
    const newestAt = Math.max(before.newestAt ?? 0, more.newestAt ?? 0) || null
    stages.set(name, { ...before, ...more, newestAt })
  }

  return {
    add(collector, told, samples) {
      const outcomes = told.filter(({ result }) => result !== 'missed')
      if (outcomes.length < told.length)
        count('sotp_telemetry_missed_polls_total', { collector }, told.length - outcomes.length)
      if (outcomes.length === 0 && samples.at.length === 0) return
      const minute = thisMinute()
      const place = `${minute} ${collector}`
      const own = sums.get(place) ?? { minute, collector, polls: 0, failed: 0, samples: 0 }
      own.polls += outcomes.length
      own.failed += outcomes.filter(({ result }) => result === 'failed').length
      own.samples += samples.at.length
      sums.set(place, own)
      let newest: number | null = null
      for (let row = 0; row < samples.at.length; row++) newest = Math.max(newest ?? 0, samples.at[row] ?? 0)
      touch(`poll.${collector}`, { lastSuccessAt: now(), newestAt: newest, message: null })
      touch('ingest', { lastSuccessAt: now(), newestAt: newest, message: null })
    },
    refused: (reason, count) => refuse({ minute: thisMinute(), reason, count }),
    stage(name, message) {
      touch(name, message === null ? { lastSuccessAt: now(), message } : { message })
    },
    async flush() {
      const [gathered, touched, left] = [sums, stages, refusals]
      if (touched.size === 0 && left.size === 0) return
      sums = new Map()
      stages = new Map()
      refusals = new Map()
      try {
        await source.transaction(async (manager) => {
          await writeSums(manager, [...gathered.values()])
          await writeStages(manager, [...touched.values()])
          await writeRefused(manager, [...left.values()])
        })
      } catch (error) {
        for (const [place, own] of gathered) {
          const since = sums.get(place)
          sums.set(place, {
            ...own,
            polls: own.polls + (since?.polls ?? 0),
            failed: own.failed + (since?.failed ?? 0),
            samples: own.samples + (since?.samples ?? 0),
          })
        }
        for (const refusal of left.values()) refuse(refusal)
        for (const [name, stage] of touched) if (!stages.has(name)) stages.set(name, stage)
        throw error
      }
    },
  }
}

async function writeSums(manager: EntityManager, sums: readonly Sums[]): Promise<void> {
  await manager.query(
    `INSERT INTO ingest_minute AS m (minute, collector, polls, failed, samples)
     SELECT * FROM jsonb_to_recordset($1::jsonb) AS n (minute timestamptz, collector text, polls int, failed int, samples bigint)
     ORDER BY minute, collector
     ON CONFLICT (minute, collector) DO UPDATE SET polls = m.polls + excluded.polls,
       failed = m.failed + excluded.failed, samples = m.samples + excluded.samples`,
    [JSON.stringify(sums.map((own) => ({ ...own, minute: iso(own.minute) })))],
  )
}

async function writeStages(manager: EntityManager, stages: readonly Stage[]): Promise<void> {
  await manager.query(
    `INSERT INTO stage AS s (name, last_success_at, newest_at, message)
     SELECT * FROM jsonb_to_recordset($1::jsonb) AS n (name text, last_success_at timestamptz, newest_at timestamptz, message text)
     ORDER BY name
     ON CONFLICT (name) DO UPDATE SET last_success_at = coalesce(excluded.last_success_at, s.last_success_at),
       newest_at = greatest(excluded.newest_at, s.newest_at), message = excluded.message`,
    [
      JSON.stringify(
        stages.map(({ name, lastSuccessAt, newestAt, message }) => ({
          name,
          last_success_at: iso(lastSuccessAt),
          newest_at: iso(newestAt),
          message,
        })),
      ),
    ],
  )
}

async function writeRefused(manager: EntityManager, refusals: readonly Refused[]): Promise<void> {
  if (refusals.length === 0) return
  await manager.query(
    `INSERT INTO refused_minute AS m (minute, reason, count)
     SELECT * FROM jsonb_to_recordset($1::jsonb) AS n (minute timestamptz, reason text, count bigint)
     ORDER BY minute, reason
     ON CONFLICT (minute, reason) DO UPDATE SET count = m.count + excluded.count`,
    [JSON.stringify(refusals.map((own) => ({ ...own, minute: iso(own.minute) })))],
  )
}
