import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { monitoring } from '#core/contract/devices.js'
import type { TelemetryBatch } from '#core/contract/telemetry.js'
import type { Store } from '#db/store/store.js'
import { batch, type IngestParts, miss, openIngestParts, ping } from '#tests/kit/telemetry.js'

import { sweepStale } from './sweep.js'

const now = Math.floor(Date.now() / 1000) * 1000
let parts: IngestParts
beforeAll(async () => {
  parts = await openIngestParts()
})
afterAll(() => parts[Symbol.asyncDispose]())

const stateOf = async (id: string) =>
  (await parts.source.query('SELECT * FROM device_state WHERE device_id = $1', [id]))[0] as
    | Record<string, unknown>
    | undefined
interface Told {
  removed: boolean
  state: Record<string, unknown>
}
const events = async (id: string): Promise<Told[]> =>
  (
    await parts.source.query(`SELECT event FROM outbox WHERE event->'state'->>'deviceId' = $1 ORDER BY id`, [
      id,
    ])
  ).map(({ event }: { event: Told }) => event)
describe('whatever happens to a batch', () => {
  const everything = async (ids: string[]) => ({
    samples: await parts.source.query(
      `SELECT s.device_id, s.metric, p.at, p.value FROM sample p JOIN series s ON s.id = p.series_id
       WHERE s.device_id = ANY($1) ORDER BY array_position($1, s.device_id), 2, 3`,
      [ids],
    ),
    tiers: await parts.source.query(
      `SELECT s.metric, p.at, min, max, sum, count FROM sample_5m p JOIN series s ON s.id = p.series_id
       WHERE s.device_id = ANY($1) ORDER BY array_position($1, s.device_id), 1, 2`,
      [ids],
    ),
    states: await parts.source.query(
      `SELECT reachability, reason, since, rtt_ms, memory, last_polled_at FROM device_state
       WHERE device_id = ANY($1) ORDER BY array_position($1, device_id)`,
      [ids],
    ),
    changes: await parts.source.query(
      `SELECT at, "from", "to", reason FROM state_change WHERE device_id = ANY($1) ORDER BY array_position($1, device_id), id`,
      [ids],
    ),
    told: await parts.source.query(
      `SELECT id FROM outbox WHERE (event->'state'->>'deviceId')::uuid = ANY($1)`,
      [ids],
    ),
  })
  const hour = 3_600_000
  const story = (ids: string[]) =>
    Array.from({ length: 12 }, (_, n) =>
      batch(
        'icmp',
        ids.map((id, k) =>
          (n === 5 || n === 6) && k % 2
            ? miss(id, now - hour + n * 30_000)
            : ping(id, now - hour + n * 30_000, n),
        ),
      ),
    )
  const devices = async () =>
    Promise.all(
      Array.from({ length: 6 }, async () => (await parts.addDevice({ monitoring: monitoring.parse({}) })).id),
    )

  test('processed twice, three times at once, or again after a crash: same rows, same states, same figures', async () => {
    const ids = await devices()
    for (const one of story(ids)) await parts.process(one)
    await parts.store.rollup()
    const before = await everything(ids)
    expect(before.samples).toHaveLength(6 * 12 * 4 - 3 * 2 * 2)
    expect(before.changes.map(({ to }: { to: string }) => to)).toEqual(
      ids.flatMap((_, k) => (k % 2 ? ['UP', 'DOWN', 'UP'] : ['UP'])),
    )
    const again = story(ids)
    await Promise.all([...again, ...again.toReversed()].map((one) => parts.process(one)))
    await parts.store.rollup()
    expect(await everything(ids)).toEqual(before)
  })

  test('a transaction that fails at any point leaves nothing, and the retry makes up for it', async () => {
    const ids = await devices()
    const [one] = story(ids)
    if (!one) throw new Error('no batch')
    const empty = await everything(ids)
    const steps: (keyof Store)[] = ['writeSamples', 'resolve']
    for (const step of steps) {
      const broken: Store = {
        ...parts.store,
        [step]: async (...args: never[]) => {
          await (parts.store[step] as (...all: never[]) => unknown)(...args)
          throw new Error('the worker died')
        },
      }
      await expect(parts.processWith(broken)(one)).rejects.toThrow('the worker died')
      expect(await everything(ids)).toEqual(empty)
    }
    await parts.process(one)
    expect((await everything(ids)).samples).toHaveLength(6 * 4)
  })

  test('batches out of order keep every sample and never move a state backwards', async () => {
    const ids = await devices()
    const batches = story(ids)
    for (const n of [11, 3, 7, 0, 5, 9, 1, 10, 2, 8, 4, 6]) await parts.process(batches[n] as TelemetryBatch)
    await parts.store.rollup()
    const { samples, states, tiers } = await everything(ids)
    expect(samples.filter(({ metric }: { metric: string }) => metric === 'icmp.loss')).toHaveLength(6 * 12)
    expect(states).toHaveLength(6)
    for (const state of states)
      expect(state).toMatchObject({
        reachability: 'UP',
        rtt_ms: 11,
        last_polled_at: new Date(now - hour + 330_000),
      })
    const losses = tiers.filter(({ metric }: { metric: string }) => metric === 'icmp.loss')
    expect(losses.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(6 * 12)
  })

  test('a device nobody polls any more is STALE, once, from the right time on', async () => {
    const [id] = await devices()
    if (!id) throw new Error('no device')
    await parts.process(batch('icmp', [ping(id, now - 200_000)]))
    await sweepStale(parts.source, now - 101_000)
    expect(await stateOf(id)).toMatchObject({ reachability: 'UP' })
    expect(await sweepStale(parts.source, now)).toBeGreaterThan(0)
    expect(await sweepStale(parts.source, now)).toBe(0)
    expect(await stateOf(id)).toMatchObject({
      reachability: 'UNKNOWN',
      reason: 'STALE',
      since: new Date(now - 100_000),
    })
    expect((await events(id)).at(-1)?.state).toMatchObject({ reason: 'STALE' })
  })
})
