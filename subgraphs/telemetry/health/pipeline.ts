import type { PlanLoad } from '#core/contract/polling.js'
import type { TrapOutcome } from '#core/contract/traps.js'
import type { Plan } from '#core/service/plan.js'
import type { Queue } from '#core/service/queue.js'
import { type Scope, siteIdsOf } from '#core/service/scope.js'
import type { DataSource } from '#db/source.js'

/** How one stage of the way from a poll to a chart is doing. */
export interface StageHealth {
  name: string
  /** Age of the newest thing that passed; null: nothing yet. */
  lagSeconds: number | null
  backlog: number
  lastSuccessAt: Date | null
  ok: boolean
  message: string | null
}

export interface PipelineQueues {
  icmp: Pick<Queue<unknown>, 'counts'>
  snmp: Pick<Queue<unknown>, 'counts'>
  batches: Pick<Queue<unknown>, 'counts'>
  plan: Pick<Plan, 'told'>
  traps: Pick<Queue<unknown>, 'counts'>
}

interface Known {
  stages: Map<string, { last: Date | null; newest: Date | null; message: string | null }>
  /** Longest interval of the devices that are polled, s; null: none is. */
  interval: { icmp: number | null; snmp: number | null }
  dirty: number
  rolledUntil: Date
  outbox: number
  outboxOldest: string | null
  /** Of the last five minutes. */
  lost: { outcome: string; datagrams: number }[]
}

const rollupLateMs = 5 * 60_000
const outboxLateMs = 30_000
const backlogMax = 200
/** What became of traps that nobody will ever see. */
const lostOutcomes: TrapOutcome[] = ['RATE_LIMITED_SOURCE', 'RATE_LIMITED_TOTAL', 'BUFFER_FULL', 'FAILED']

async function read(source: DataSource): Promise<Known> {
  const [row] = (await source.query(
    `SELECT
       (SELECT coalesce(json_agg(s), '[]') FROM stage s) AS stages,
       (SELECT max((monitoring->'icmp'->>'intervalSeconds')::int) FROM device
        WHERE status IN ('ACTIVE', 'MAINTENANCE') AND (monitoring->'icmp'->>'enabled')::boolean) AS icmp,
       (SELECT max((monitoring->'snmp'->>'intervalSeconds')::int) FROM device
        WHERE status IN ('ACTIVE', 'MAINTENANCE') AND (monitoring->'snmp'->>'enabled')::boolean) AS snmp,
       (SELECT count(DISTINCT bucket)::int FROM rollup_dirty WHERE tier = 'sample_5m' AND bucket < now() - interval '6 minutes') AS dirty,
       (SELECT until FROM rollup_progress WHERE tier = 'sample_5m') AS until,
       (SELECT count(*)::int FROM outbox) AS outbox,
       (SELECT min(id) FROM outbox) AS oldest,
       (SELECT coalesce(json_agg(l), '[]') FROM (
          SELECT outcome, sum(datagrams)::int AS datagrams FROM trap_count
          WHERE at > now() - interval '5 minutes' AND source = '' AND outcome = ANY($1) GROUP BY outcome) AS l) AS lost`,
    [lostOutcomes],
  )) as {
    stages: {
      name: string
      last_success_at: string | null
      newest_at: string | null
      message: string | null
    }[]
    icmp: number | null
    snmp: number | null
    dirty: number
    until: Date
    outbox: number
    oldest: string | null
    lost: Known['lost']
  }[]
  if (!row) throw new Error('a SELECT without FROM gave no row')
  const date = (text: string | null) => (text === null ? null : new Date(text))
  return {
    stages: new Map(
      row.stages.map(({ name, last_success_at, newest_at, message }) => [
        name,
        { last: date(last_success_at), newest: date(newest_at), message },
      ]),
    ),
    interval: { icmp: row.icmp, snmp: row.snmp },
    dirty: row.dirty,
    rolledUntil: row.until,
    outbox: row.outbox,
    outboxOldest: row.oldest,
    lost: row.lost,
  }
}

const seconds = (from: Date | null | undefined, now: number) =>
  from ? Math.max(0, (now - from.getTime()) / 1000) : null

/** Every stage, in the order a sample walks. */
export async function pipelineStages(
  source: DataSource,
  queues: PipelineQueues,
  now: number,
): Promise<StageHealth[]> {
  const [known, icmp, snmp, batches, load, traps] = await Promise.all([
    read(source),
    queues.icmp.counts(),
    queues.snmp.counts(),
    queues.batches.counts(),
    queues.plan.told(),
    queues.traps.counts(),
  ])
  const polls = [
    pollStage('icmp', known, { backlog: icmp.waiting + icmp.active, load: load?.icmp }, now),
    pollStage('snmp', known, { backlog: snmp.waiting + snmp.active, load: load?.snmp }, now),
  ]
  return [
    planStage(load),
    ...polls,
    ingestStage(known, batches, now),
    outboxStage(known, now),
    rollupStage(known, now),
    trapStage(known, traps.waiting + traps.active + traps.delayed, now),
  ]
}

/** Not well while nobody plans. What collectors cannot keep up with is a matter of the polls. */
function planStage(load: PlanLoad | undefined): StageHealth {
  return {
    name: 'plan',
    lagSeconds: null,
    backlog: 0,
    lastSuccessAt: null,
    ok: load !== undefined,
    message: load ? null : 'nobody plans polls; collectors go on with what they polled last',
  }
}

/** Late once nothing came for three intervals of the slowest device and 10 s: as long as a single device takes to be stale. */
function pollStage(
  kind: 'icmp' | 'snmp',
  known: Known,
  { backlog, load }: { backlog: number; load: PlanLoad['icmp'] | undefined },
  now: number,
): StageHealth {
  const stage = known.stages.get(`poll.${kind}`)
  const interval = known.interval[kind]
  const silentMs = stage?.last ? now - stage.last.getTime() : Number.POSITIVE_INFINITY
  const late = interval !== null && silentMs > (3 * interval + 10) * 1000
  const slow = load && (load.shedding !== 'NOTHING' || load.missedPolls > 0) ? slower(load) : null
  const message =
    interval === null ? 'no device is polled this way' : late ? 'no poll has come in for too long' : slow
  return {
    name: `poll.${kind}`,
    lagSeconds: seconds(stage?.newest, now),
    backlog,
    lastSuccessAt: stage?.last ?? null,
    ok: !late && slow === null,
    message,
  }
}

const leftOut: Record<PlanLoad['icmp']['shedding'], string> = {
  NOTHING: '',
  SLOW_TABLES: '; tables that change slowly are left out',
  POLLS: '; polls are left out until collectors have caught up',
}

/** Overload, with its numbers and what helps. */
const slower = ({ waiting, shards, shedding, missedPolls }: PlanLoad['icmp']): string =>
  `polling slower than configured: ${waiting} jobs wait where ${shards} are a round, ${missedPolls} polls of devices were missed in the last minute${leftOut[shedding]}; add collectors or poll less often`

function ingestStage(
  known: Known,
  { waiting, active, delayed, failed }: { waiting: number; active: number; delayed: number; failed: number },
  now: number,
): StageHealth {
  const stage = known.stages.get('ingest')
  const backlog = waiting + active + delayed
  const message =
    backlog > backlogMax
      ? `${backlog} batches are waiting`
      : failed > 0
        ? `${failed} batches could not be read and are kept in the queue as failed`
        : null
  return {
    name: 'ingest',
    lagSeconds: seconds(stage?.newest, now),
    backlog,
    lastSuccessAt: stage?.last ?? null,
    ok: backlog <= backlogMax,
    message,
  }
}

function outboxStage({ outbox, outboxOldest }: Known, now: number): StageHealth {
  // An outbox id is the time in µs.
  const ageMs = outboxOldest === null ? 0 : Math.max(0, now - Number(BigInt(outboxOldest) / 1000n))
  const ok = ageMs <= outboxLateMs
  return {
    name: 'events',
    lagSeconds: ageMs / 1000,
    backlog: outbox,
    lastSuccessAt: null,
    ok,
    message: ok ? null : 'changes of state are not being told',
  }
}

function rollupStage({ stages, dirty, rolledUntil }: Known, now: number): StageHealth {
  const last = stages.get('rollup')?.last ?? null
  const ok = last !== null && now - last.getTime() <= rollupLateMs
  return {
    name: 'rollup',
    lagSeconds: rolledUntil.getTime() === 0 ? null : seconds(rolledUntil, now),
    backlog: dirty,
    lastSuccessAt: last,
    ok,
    message: ok ? null : 'roll-ups have not run: the ingest worker is down or starting',
  }
}

/** A storm that one sender is held back for is no fault; what found no room is. */
function trapStage({ stages, lost }: Known, backlog: number, now: number): StageHealth {
  const last = stages.get('traps')?.last ?? null
  const sum = (...outcomes: TrapOutcome[]) =>
    lost
      .filter(({ outcome }) => outcomes.some((one) => one === outcome))
      .reduce((all, one) => all + one.datagrams, 0)
  const noRoom = sum('BUFFER_FULL', 'FAILED')
  const tooMany = sum('RATE_LIMITED_SOURCE', 'RATE_LIMITED_TOTAL')
  const messages = [
    ...(backlog > backlogMax ? [`${backlog} batches of traps are waiting`] : []),
    ...(noRoom > 0 ? [`${noRoom} traps of the last 5 minutes found no room and are lost`] : []),
    ...(tooMany > 0 ? [`${tooMany} traps of the last 5 minutes were above the limits and left out`] : []),
  ]
  return {
    name: 'traps',
    // Silence is usual: nobody sends traps by the clock.
    lagSeconds: backlog > 0 ? seconds(last, now) : null,
    backlog,
    lastSuccessAt: last,
    ok: backlog <= backlogMax && noRoom === 0,
    message: messages.join('; ') || null,
  }
}

/** Figures for the top of the overview. What is counted for all devices together is told only to who sees them all. */
export interface Summary {
  states: Record<string, number>
  pollsPerSecond: number | null
  pollSuccessRatio: number | null
  ingestLagSeconds: number | null
}

/** Counts devices by reachability, and polls over the last full minute and this one so far. */
export async function readSummary(source: DataSource, scope: Scope, now: number): Promise<Summary> {
  const minute = new Date(Math.floor(now / 60_000) * 60_000 - 60_000)
  const [row] = (await source.query(
    `SELECT
       (SELECT coalesce(json_object_agg(reachability, n), '{}')
        FROM (SELECT reachability, count(*) AS n FROM device_state
              WHERE $2::uuid[] IS NULL OR site_id = ANY($2) GROUP BY 1) AS s) AS states,
       (SELECT coalesce(sum(polls), 0)::int FROM ingest_minute WHERE minute >= $1) AS polls,
       (SELECT coalesce(sum(failed), 0)::int FROM ingest_minute WHERE minute >= $1) AS failed,
       CASE WHEN $2::uuid[] IS NULL THEN (SELECT newest_at FROM stage WHERE name = 'ingest')
         ELSE (SELECT max(last_polled_at) FROM device_state WHERE site_id = ANY($2)) END AS newest`,
    [minute, siteIdsOf(scope)],
  )) as { states: Record<string, number>; polls: number; failed: number; newest: Date | null }[]
  const polls = row?.polls ?? 0
  const all = scope === 'everywhere'
  return {
    states: row?.states ?? {},
    pollsPerSecond: all ? polls / ((now - minute.getTime()) / 1000) : null,
    pollSuccessRatio: all && polls > 0 ? (polls - (row?.failed ?? 0)) / polls : null,
    ingestLagSeconds: seconds(row?.newest, now),
  }
}
