import { afterAll, beforeAll, expect, test } from 'vitest'

import { samplesOf } from '#core/contract/telemetry.js'
import { batch, type IngestParts, miss, openIngestParts, ping } from '#tests/kit/telemetry.js'

import { retireHistory } from './retire.js'
import { createTally } from './tally.js'

let parts: IngestParts
beforeAll(async () => {
  parts = await openIngestParts()
})
afterAll(() => parts[Symbol.asyncDispose]())

test('counts add up over workers, minutes and a database that was away', async () => {
  let clock = Date.UTC(2026, 6, 8, 12)
  const tallies = [createTally(parts.source, () => clock), createTally(parts.source, () => clock)]
  const id = crypto.randomUUID()
  const add = () => {
    const polls = batch('icmp', [ping(id, clock), miss(id, clock + 1)])
    for (const tally of tallies) {
      tally.add('icmp', polls.outcomes, samplesOf(polls))
      tally.refused('future', 3)
    }
  }
  add()
  await parts.source.query('ALTER TABLE stage RENAME TO stage_away')
  for (const tally of tallies) await expect(tally.flush()).rejects.toThrow('stage')
  await parts.source.query('ALTER TABLE stage_away RENAME TO stage')
  add()
  for (const tally of tallies) await tally.flush()
  clock += 60_000
  add()
  for (const tally of tallies) await tally.flush()
  const rows = await parts.source.query(
    'SELECT polls, failed, samples::int FROM ingest_minute ORDER BY minute',
  )
  expect(rows).toEqual([
    { polls: 8, failed: 4, samples: 16 },
    { polls: 4, failed: 2, samples: 8 },
  ])
  expect(await parts.source.query('SELECT reason, count::int FROM refused_minute ORDER BY minute')).toEqual([
    { reason: 'future', count: 12 },
    { reason: 'future', count: 6 },
  ])
  const [stage] = await parts.source.query(`SELECT * FROM stage WHERE name = 'poll.icmp'`)
  expect(stage).toMatchObject({
    last_success_at: new Date(clock),
    newest_at: new Date(clock + 1),
    message: null,
  })
})

test('history past its time goes, but for the state that each device was in', async () => {
  const id = crypto.randomUUID()
  for (const [days, to] of [
    [40, 'UP'],
    [35, 'DOWN'],
    [31, 'UP'],
    [2, 'DOWN'],
  ])
    await parts.source.query(
      `INSERT INTO state_change (device_id, at, "from", "to", reason) VALUES ($1, now() - make_interval(days => $2), 'UP', $3, 'OK')`,
      [id, days, to],
    )
  await parts.source.query(`INSERT INTO ingest_minute VALUES (now() - interval '8 days', 'snmp', 1, 0, 1)`)
  await parts.source.query(`INSERT INTO refused_minute VALUES (now() - interval '8 days', 'old', 1)`)
  await retireHistory(parts.source, 30)
  const left = await parts.source.query('SELECT "to" FROM state_change WHERE device_id = $1 ORDER BY at', [
    id,
  ])
  expect(left).toEqual([{ to: 'UP' }, { to: 'DOWN' }])
  expect(await parts.source.query(`SELECT * FROM ingest_minute WHERE collector = 'snmp'`)).toEqual([])
  expect(await parts.source.query(`SELECT * FROM refused_minute WHERE reason = 'old'`)).toEqual([])
})
