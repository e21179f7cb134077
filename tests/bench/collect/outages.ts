import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Bench, Row } from '../row.js'
import { accountRows } from './account.js'
import { devicesCount, intervalSeconds, Plant, type TargetName, targetNames } from './outages-plant.js'

/**
 * What outages cost: 300 devices on loopback are pinged every 5 s by a collector that runs alone, and stores or processes are
 * taken away. `SOTP_BENCH_OUTAGE_SECONDS` says for how long (30 by default; 600 for the real thing). Generated is what the
 * collectors' spools say they took in, stored is what the database holds; both must be equal but for what was counted as
 * dropped, and no sample can be in the store twice and be counted once.
 */
const outageSeconds = Number(process.env['SOTP_BENCH_OUTAGE_SECONDS'] ?? 30)
const kills = 20
const settleLimitMs = 120_000 + 1000 * outageSeconds
/** Round-trip time, its least and most, and loss. */
const samplesOfPoll = 4
const liveRate = (devicesCount * samplesOfPoll) / intervalSeconds
/** Fewer samples than this are only on their way from a spool to the store. */
const onTheWay = 5 * liveRate
/** Until a collector believes that nobody plans any more, and one interval. */
const holeMaxSeconds = 20

export const outages: Bench = async () => {
  await using plant = await Plant.open()
  await until(async () => ((await plant.stored()) ?? 0) > 3 * devicesCount * samplesOfPoll)
  const rows: Row[] = []

  rows.push(
    ...(await outage(plant, 'Redis down, its data kept', {
      begin: () => plant.killRedis(false),
      end: () => plant.startRedis(),
    })),
    ...(await outage(plant, 'Redis down, its data lost', {
      begin: () => plant.killRedis(true),
      end: () => plant.startRedis(),
    })),
    ...(await outage(plant, 'PostgreSQL down', {
      begin: async () => plant.postgres[Symbol.asyncDispose](),
      end: () => plant.startPostgres(),
    })),
  )

  const from = Date.now()
  for (let n = 0; n < kills; n++) {
    const name = targetNames[n % targetNames.length] as TargetName
    await plant.stop(name, 'SIGKILL')
    await sleep(500)
    await plant.start(name)
    await sleep(1000)
  }
  await sleep(2 * intervalSeconds * 1000)
  rows.push(holeRow(`${kills} times kill -9`, await plant.longestHole(from)))
  rows.push(...(await account(plant)))
  return rows
}

async function outage(
  plant: Plant,
  name: string,
  { begin, end }: { begin: () => Promise<void>; end: () => Promise<void> },
): Promise<Row[]> {
  const from = Date.now()
  await begin()
  await sleep(outageSeconds * 1000)
  await end()
  // Counted from the first sample that comes in again: how soon a store is ready is its own affair.
  const before = await first(() => plant.stored())
  await until(async () => ((await plant.stored()) ?? 0) > before)
  const [beganAt, had] = [performance.now(), before]
  let stored = before
  await until(async () => {
    if (process.env['SOTP_BENCH_TRACE'])
      process.stderr.write(`${name} ${stored} ${JSON.stringify(plant.tally())}\n`)
    stored = (await plant.stored()) ?? stored
    const { accepted, dropped } = plant.tally()
    return accepted - dropped - stored < onTheWay
  })
  const seconds = (performance.now() - beganAt) / 1000
  await sleep(2 * intervalSeconds * 1000)
  const value = (stored - had) / seconds
  return [
    {
      name: `${name} for ${outageSeconds} s: catching up, against the live rate`,
      value,
      unit: 'samples/s',
      reference: liveRate,
      ratio: value / liveRate,
      target: 'ratio ≥ 3',
      ok: value / liveRate >= 3,
    },
    holeRow(`${name} for ${outageSeconds} s`, await plant.longestHole(from - intervalSeconds * 1000)),
  ]
}

const holeRow = (name: string, value: number): Row => ({
  name: `${name}: longest time without a poll of any device`,
  value,
  unit: 's',
  reference: intervalSeconds,
  ratio: value / intervalSeconds,
  target: `≤ ${holeMaxSeconds} s`,
  ok: value <= holeMaxSeconds,
})

/** Ends polling, lets everything come in, and compares what was taken in with what is there. */
async function account(plant: Plant): Promise<Row[]> {
  await plant.stop('planner')
  await plant.stop('collectors')
  // Without a planner it polls nothing, it only hands over what it has.
  await plant.start('collectors')
  await until(async () => plant.tally().unsent === 0)
  let stored = -1
  await until(async () => {
    const before = stored
    await sleep(3000)
    stored = (await plant.stored()) ?? -1
    return stored === before
  })
  await plant.stop('collectors')
  return accountRows(plant.tally(), stored)
}

async function first<Value>(read: () => Promise<Value | undefined>): Promise<Value> {
  let value: Value | undefined
  await until(async () => {
    value = await read()
    return value !== undefined
  })
  return value as Value
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + settleLimitMs
  while (!(await holds())) {
    if (performance.now() > limit) throw new Error(`${holds} did not come`)
    await sleep(100)
  }
}
