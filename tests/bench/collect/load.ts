import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

import { queues } from '#core/contract/queues.js'
import { createLog } from '#core/service/log.js'
import { openQueue } from '#core/service/queue.js'
import { seedLab } from '#deploy/lab/seed.js'
import { openGraph } from '#tests/kit/graph.js'
import { type Stores, startStores } from '#tests/kit/private-stores.js'
import { type Product, startProduct } from '#tests/kit/product.js'

import { startLabProcess } from '../lab-process.js'
import { type Bench, median, type Row } from '../row.js'
import { accountRows, storedSamples, tallyOf } from './account.js'
import { childrenOf, cpuSeconds, residentMb } from './processes.js'

/** The lab's devices have 21.6 ports on average: so many have the ports of 2,000 with 24. */
const labDevices = 2222
const icmpDevices = 10_000
/** How many times faster than that it goes: an hour's polls in half an hour, where the machine has room. */
const pace = Number(process.env['SOTP_BENCH_PACE'] ?? 1)
const icmpSeconds = 30 / pace
const snmpSeconds = 60 / pace
const warmUpSeconds = 150
const importMax = 5000
const program = path.resolve(import.meta.dirname, '../../../deploy/local/process.js')

/** Devices that are only pinged: every address of 127/8 answers. */
function pinged(): string[] {
  const rows = Array.from(
    { length: icmpDevices - labDevices },
    (_, n) => `ping-${n},127.${60 + (n >> 16)}.${(n >> 8) & 255}.${n & 255},true,${icmpSeconds}`,
  )
  const header = 'name,address,icmp_enabled,icmp_interval'
  return Array.from({ length: Math.ceil(rows.length / importMax) }, (_, part) =>
    [header, ...rows.slice(part * importMax, (part + 1) * importMax)].join('\n'),
  )
}

/** What is seen every few seconds. */
interface Glance {
  backlog: number
  mb: number
}

/**
 * 10,000 devices by ICMP each 30 s, as many of them by SNMP each 60 s as have the ports of 2,000 with 24, on one
 * machine with the lab, the stores and everything else. `SOTP_BENCH_MINUTES` says how long it is watched (3).
 */
export const load: Bench = async () => {
  const minutes = Number(process.env['SOTP_BENCH_MINUTES'] ?? 3)
  await using stores = await startStores()
  const { child, lab } = await startLabProcess(labDevices)
  await using stack = new AsyncDisposableStack()
  stack.defer(() => void child.kill())
  await using product = await startProduct({
    args: ['--no-lab', '--multi'],
    env: {
      SOTP_DATABASE_URL: stores.databaseUrl,
      SOTP_DATABASE_OWNER_URL: stores.ownerUrl,
      SOTP_REDIS_URL: stores.redisUrl,
    },
  })
  await using graph = await openGraph(product.url, product.admin)
  const endpoint = `${product.url}/graphql`
  const intervals = { icmpIntervalSeconds: icmpSeconds, snmpIntervalSeconds: snmpSeconds }
  await seedLab({ endpoint, token: graph.token, lab, ...intervals })
  for (const csv of pinged()) {
    await graph.ask('mutation ($csv: String!) { importDevices(csv: $csv) { created } }', { csv })
  }
  await using batches = openQueue(queues.telemetry, {
    redisUrl: stores.redisUrl,
    log: createLog('bench', 'silent'),
  })
  const sql = new pg.Client({ connectionString: stores.databaseUrl })
  await sql.connect()
  stack.defer(() => sql.end())
  await sleep(warmUpSeconds * 1000)

  const pids = ['collectors', 'ingest'].flatMap((name) =>
    childrenOf(product.supervisor.pid ?? 0, `--target=${name}`),
  )
  const cpu = () => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)
  const [from, cpuBefore] = [Date.now(), cpu()]
  const glances: Glance[] = []
  while (Date.now() - from < minutes * 60_000) {
    const { waiting } = await batches.counts()
    glances.push({ backlog: waiting, mb: pids.reduce((sum, pid) => sum + residentMb(pid), 0) })
    await sleep(2000)
  }
  const seconds = (Date.now() - from) / 1000
  const cores = (cpu() - cpuBefore) / seconds
  // What was polled last may still be on its way; the polls of whole minutes are counted.
  await sleep(10_000)
  const { rows } = await sql.query<{ good: string; samples: string; minutes: string }>(
    `SELECT sum(polls - failed) AS good, sum(samples) AS samples, count(DISTINCT minute) AS minutes
     FROM telemetry.ingest_minute WHERE minute >= $1 AND minute + interval '1 minute' <= $2`,
    [new Date(from), new Date(from + seconds * 1000)],
  )
  const whole = Number(rows[0]?.minutes ?? 0)
  const wanted = whole * ((icmpDevices * 60) / icmpSeconds + ((await readBySnmp(sql)) * 60) / snmpSeconds)
  const judged = judge({ glances, cores, good: Number(rows[0]?.good ?? 0), wanted })
  const holes = await holeRow(sql, from)
  await product.stop()
  return [...judged, rate(rows[0], whole), holes, ...(await account(product, stores, sql))]
}

/** How many devices are read by SNMP: some of the lab's are only pinged. */
async function readBySnmp(sql: pg.Client): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM inventory.device WHERE (monitoring #>> '{snmp,enabled}')::boolean`,
  )
  return rows[0]?.n ?? 0
}

/** No device may have gone without an answer for two intervals and the time a poll may wait for its turn. */
async function holeRow(sql: pg.Client, from: number): Promise<Row> {
  const limit = 2.5 * icmpSeconds
  const { rows } = await sql.query<{ hole: number; devices: number }>(
    `SELECT max(extract(epoch FROM gap))::float8 AS hole, count(DISTINCT series_id)::int AS devices FROM (
       SELECT series_id, at - lag(at) OVER (PARTITION BY series_id ORDER BY at) AS gap
       FROM telemetry.sample JOIN telemetry.series ON series.id = series_id
       WHERE metric = 'icmp.loss' AND at >= $1) AS g`,
    [new Date(from)],
  )
  const { hole = Number.NaN, devices = 0 } = rows[0] ?? {}
  return {
    name: `${devices} devices: longest time without a poll of any of them`,
    value: hole,
    unit: 's',
    reference: icmpSeconds,
    ratio: hole / icmpSeconds,
    target: `≤ ${limit} s`,
    ok: devices === icmpDevices && hole <= limit,
  }
}

/** What was in the queue when the product stopped is stored; then all is counted. */
async function account({ stateDir }: Product, stores: Stores, sql: pg.Client): Promise<Row[]> {
  const { secretsKey, internalKey } = JSON.parse(readFileSync(path.join(stateDir, 'secrets.json'), 'utf8'))
  const child = spawn(process.execPath, [program, '--target=ingest'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      SOTP_DATABASE_URL: stores.databaseUrl,
      SOTP_REDIS_URL: stores.redisUrl,
      SOTP_SECRETS_KEY: secretsKey,
      SOTP_INTERNAL_KEY: internalKey,
    },
    stdio: 'ignore',
  })
  const ended = once(child, 'exit')
  const stored = async () => (await sql.query<{ n: number }>(storedSamples)).rows[0]?.n ?? 0
  let [before, now] = [-1, await stored()]
  while (before !== now) {
    await sleep(20_000)
    before = now
    now = await stored()
  }
  child.kill()
  await ended
  const tally = tallyOf(path.join(stateDir, 'spool', '{icmp,snmp}'))
  const unsent = { unit: 'batches', reference: 0, ratio: Number.NaN, target: '0' }
  return [
    ...accountRows(tally, now),
    { ...unsent, name: 'batches left in spools', value: tally.unsent, ok: tally.unsent === 0 },
  ]
}

interface Seen {
  glances: readonly Glance[]
  cores: number
  good: number
  wanted: number
}

function judge({ glances, cores, good, wanted }: Seen): Row[] {
  const half = Math.floor(glances.length / 2)
  const backlogs = glances.map(({ backlog }) => backlog)
  const [early, late] = [median(backlogs.slice(0, half)), median(backlogs.slice(half))]
  const mb = Math.max(...glances.map((glance) => glance.mb))
  const quarter = Math.ceil(glances.length / 4)
  const mean = (part: readonly Glance[]) => part.reduce((sum, glance) => sum + glance.mb, 0) / part.length
  const [began, ended] = [mean(glances.slice(0, quarter)), mean(glances.slice(-quarter))]
  const row = (name: string, value: number, rest: Omit<Row, 'name' | 'value' | 'ratio'>): Row => ({
    name: `10,000 devices: ${name}`,
    value,
    ...rest,
    ratio: value / rest.reference,
  })
  return [
    row('polls that succeeded, of those due', good, {
      unit: 'polls',
      reference: wanted,
      target: 'ratio ≥ 0.995',
      ok: good / wanted >= 0.995,
    }),
    row('batches waiting, second half against first', late, {
      unit: 'batches',
      reference: early,
      target: '≤ first half + 5',
      ok: late <= early + 5,
    }),
    row('collectors and ingest, CPU', cores, {
      unit: 'cores',
      reference: 1,
      target: '≤ 1 core',
      ok: cores <= 1,
    }),
    row('collectors and ingest, memory', mb, {
      unit: 'MB',
      reference: 700,
      target: '≤ 700 MB',
      ok: mb <= 700,
    }),
    row('memory, last quarter against first', ended, {
      unit: 'MB',
      reference: began,
      target: 'ratio ≤ 1.1',
      ok: ended / began <= 1.1,
    }),
  ]
}

const rate = (sums: { samples: string } | undefined, minutes: number): Row => ({
  name: '10,000 devices: samples stored',
  value: Number(sums?.samples ?? 0) / minutes / 60,
  unit: 'samples/s',
  reference: Number.NaN,
  ratio: Number.NaN,
  target: 'stated',
  ok: true,
})
