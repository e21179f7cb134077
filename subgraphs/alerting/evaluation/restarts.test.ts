import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import type { DataSource } from '#db/source.js'
import { columns, device, type PlainSample } from '#tests/kit/alerting.js'
import { Bench, clear, openStore } from '#tests/kit/evaluation.js'

const box = device()
const t0 = Date.now() - 3_600_000
const at = (seconds: number) => t0 + seconds * 1000
const cpu = (seconds: number, value: number, deviceId = box.id): PlainSample => ({
  deviceId,
  metric: 'system.cpu',
  at: at(seconds),
  value,
})

let source: DataSource
let bench: Bench
beforeAll(async () => {
  source = await openStore()
})
afterAll(() => source.destroy())
beforeEach(async () => {
  await clear(source)
  bench = new Bench(source)
  await bench.know(box)
})

describe('failures and restarts', () => {
  test('a batch that failed is judged again as if for the first time', async () => {
    await bench.judge([cpu(0, 1)])
    const broken = bench.alone.transaction(async (manager) => {
      await bench.evaluator.judgeSamples(manager, [columns([cpu(60, 1)])])
      throw new Error('connection lost')
    })
    await expect(broken).rejects.toThrow('connection lost')
    expect(await bench.alerts()).toMatchObject([{ state: 'PENDING' }])
    await bench.judge([cpu(60, 1)])
    expect(await bench.alerts()).toMatchObject([{ state: 'FIRING' }])
    expect(await bench.events()).toEqual(['OPENED FIRING'])
  })

  test('a second evaluator cannot open the same fault twice', async () => {
    const second = new Bench(source)
    await second.judge([])
    await bench.judge([cpu(0, 1), cpu(60, 1)])
    await second.judge([cpu(5, 1), cpu(65, 1)])
    expect(await bench.alerts()).toMatchObject([{ state: 'FIRING' }])
    expect(await bench.events()).toEqual(['OPENED FIRING'])
  })

  test('samples told again after a restart reopen nothing', async () => {
    const story = [cpu(0, 1), cpu(60, 1), cpu(90, 0.1), cpu(100, 1), cpu(110, 0.1)]
    await bench.judge(story)
    const before = [await bench.alerts(), await bench.told(), await bench.events()]
    bench.restart()
    for (const sample of story) await bench.judge([sample])
    expect([await bench.alerts(), await bench.told(), await bench.events()]).toEqual(before)
  })

  test('whatever the samples, crashes, restarts and repeats: the same alerts as without them', async () => {
    const calm = new Bench(await openStore())
    const steps = fc.array(
      fc.record({
        gap: fc.integer({ min: 5, max: 70 }),
        values: fc.tuple(fc.boolean(), fc.boolean()),
        fate: fc.constantFrom('well', 'well', 'crash', 'restart', 'repeat'),
      }),
      { minLength: 5, maxLength: 25 },
    )
    const other = device({ name: 'other' })
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(0, 40), async (story, keepSeconds) => {
        for (const { source: each } of [calm, bench]) {
          await clear(each)
          await each.query('UPDATE rule SET keep_firing_seconds = $1', [keepSeconds])
        }
        for (const each of [calm, bench]) {
          each.restart()
          for (const known of [box, other]) await each.know(known)
        }
        let seconds = 0
        const told: PlainSample[][] = []
        for (const { gap, values, fate } of story) {
          seconds += gap
          const batch = values.map((bad, n) => cpu(seconds, bad ? 0.95 : 0.1, [box.id, other.id][n]))
          told.push(batch)
          await calm.judge(batch)
          if (fate === 'crash') {
            await bench.alone
              .transaction(async (manager) => {
                await bench.evaluator.judgeSamples(manager, [columns(batch)])
                throw new Error('crash')
              })
              .catch(() => {})
          }
          if (fate === 'restart') bench.restart()
          await bench.judge(batch)
          if (fate === 'repeat') {
            bench.restart()
            await bench.judge(...told.slice(-3))
          }
        }
        for (const each of [calm, bench])
          await each.alone.transaction((manager) => each.evaluator.refresh(manager))
        const essence = async (each: Bench) => ({
          alerts: (await each.alerts()).map(({ last_at: _last, value: _value, ...rest }) => rest),
          told: await each.told(),
          events: await each.events(),
        })
        expect(await essence(bench)).toEqual(await essence(calm))
      }),
      { numRuns: 25 },
    )
    await calm.source.destroy()
  }, 90_000)
})

test('judging 24,000 watched samples of healthy interfaces asks no database', async () => {
  const devices = Array.from({ length: 500 }, (_, n) => device({ name: `d${n}` }))
  await bench.alone.transaction((manager) =>
    bench.evaluator.devicesChanged(
      manager,
      devices.map((record) => ({ v: 1, kind: 'device.changed', change: 'CREATED', at: 0, device: record })),
      0,
    ),
  )
  const rows = devices.flatMap(({ id }) =>
    Array.from({ length: 24 }, (_, n) => [`${id}/${n}`, 'if.in.utilization', 'if.out.utilization']).flatMap(
      ([instance = '', ...names]) =>
        names.map((metric) => ({ deviceId: id, metric, instance, at: at(0), value: 0.2 }) as PlainSample),
    ),
  )
  const batch = { ...columns(rows.slice(0, 1)), ...fast(rows) }
  let statements = 0
  const counting = { query: async () => (statements += 1) } as never
  await bench.evaluator.judgeSamples(counting, [batch])
  expect(statements).toBe(0)
})

/** `columns` for many rows, without looking each one up in a list. */
function fast(rows: readonly PlainSample[]) {
  const devices = [...new Set(rows.map(({ deviceId }) => deviceId))]
  const instances = [...new Set(rows.map(({ instance }) => instance ?? ''))]
  const [deviceAt, instanceAt] = [devices, instances].map((names) => new Map(names.map((id, n) => [id, n])))
  return {
    devices,
    instances,
    metrics: ['if.in.utilization', 'if.out.utilization'] as const satisfies PlainSample['metric'][],
    device: rows.map(({ deviceId }) => deviceAt?.get(deviceId) ?? -1),
    instance: rows.map(({ instance }) => instanceAt?.get(instance ?? '') ?? -1),
    metric: rows.map(({ metric }) => (metric === 'if.in.utilization' ? 0 : 1)),
    at: rows.map((row) => row.at),
    value: rows.map(({ value }) => value),
  }
}
