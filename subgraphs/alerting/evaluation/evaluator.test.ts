import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import type { DeviceRecord } from '#core/contract/devices.js'
import { type DataSource, openSource } from '#db/source.js'

import { columns, device, type PlainSample } from '../../../tests/kit/alerting.js'
import { freshDatabase } from '../../../tests/kit/stores.js'
import { AlertRule } from '../rule/rule.js'
import { Alone } from './alone.js'
import { Evaluator } from './evaluator.js'
import { fingerprintOf } from './open-alerts.js'

const cpuRule = 'a1e70000-0000-4000-8000-000000000002'
const downRule = 'a1e70000-0000-4000-8000-000000000001'
const inRule = 'a1e70000-0000-4000-8000-000000000003'
const port = 'aaaaaaaa-0000-5000-8000-000000000001'
const box = device()
const t0 = Date.now() - 3_600_000
const at = (seconds: number) => t0 + seconds * 1000

async function openStore(): Promise<DataSource> {
  return openSource({ url: await freshDatabase(), schema: 'alerting', entities: [AlertRule] })
}
async function clear(source: DataSource): Promise<void> {
  await source.query('TRUNCATE alert, alert_entry, series_mark, outbox, device, interface_name')
  await source.query(`DELETE FROM rule WHERE NOT built_in`)
  await source.query(`UPDATE rule SET enabled = true, scope = '{}', severity = 'WARNING', for_seconds = 60`)
  await source.query('UPDATE rule SET keep_firing_seconds = 0, deleted_at = NULL')
}

/** An evaluator on a database, as the worker runs it, with hands on it. */
class Bench {
  evaluator = new Evaluator()
  alone: Alone
  constructor(readonly source: DataSource) {
    this.alone = new Alone(source, this.evaluator)
  }
  restart(): void {
    this.evaluator = new Evaluator()
    this.alone = new Alone(this.source, this.evaluator)
  }
  async know(record: DeviceRecord, now = Date.now()): Promise<void> {
    const event = { v: 1, kind: 'device.changed', change: 'UPDATED', at: now, device: record } as const
    await this.alone.transaction(async (manager) => {
      await manager.query(
        `INSERT INTO device (id, name, address, site_id, site_name, kind, status, tags, monitoring)
         SELECT id, name, address, "siteId", "siteName", kind, status, tags, monitoring FROM jsonb_to_record($1::jsonb)
           AS d (id uuid, name text, address text, "siteId" uuid, "siteName" text, kind text, status text, tags text[], monitoring jsonb)
         ON CONFLICT (id) DO UPDATE SET status = excluded.status, tags = excluded.tags, kind = excluded.kind`,
        [JSON.stringify(record)],
      )
      await this.evaluator.devicesChanged(manager, [event], now)
    })
  }
  judge(...batches: PlainSample[][]): Promise<void> {
    return this.alone.transaction((manager) => this.evaluator.judgeSamples(manager, batches.map(columns)))
  }
  clock(now: number): Promise<void> {
    return this.alone.transaction((manager) => this.evaluator.judgeClock(manager, now))
  }
  rules(sql: string): Promise<void> {
    return this.alone.transaction(async (manager) => {
      await manager.query(`UPDATE rule SET version = version + 1, ${sql}`)
      await this.evaluator.rulesChanged(manager, Date.now())
    })
  }
  alerts(): Promise<{ id: string; state: string; summary: string; [column: string]: unknown }[]> {
    return this.source.query('SELECT * FROM alert ORDER BY starts_at, id')
  }
  async events(): Promise<string[]> {
    const rows = (await this.source.query('SELECT event FROM outbox ORDER BY id')) as {
      event: { event: string; state: string }
    }[]
    return rows.map(({ event }) => `${event.event} ${event.state}`)
  }
  async told(): Promise<string[]> {
    const rows = (await this.source.query('SELECT kind, text FROM alert_entry ORDER BY id')) as {
      kind: string
      text: string
    }[]
    return rows.map(({ kind, text }) => `${kind} ${text}`)
  }
}

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

describe('the life of an alert', () => {
  test('pending, firing and resolved, with its story and its events', async () => {
    await bench.judge([cpu(0, 0.95)])
    expect(await bench.alerts()).toMatchObject([{ state: 'PENDING', value: 0.95, fired_at: null }])
    await bench.judge([cpu(30, 0.97)], [cpu(60, 0.99)])
    expect(await bench.alerts()).toMatchObject([
      {
        state: 'FIRING',
        summary: 'core-1: processor load is 99 %',
        starts_at: new Date(at(0)),
        fired_at: new Date(at(60)),
        fingerprint: fingerprintOf(cpuRule, box.id, ''),
      },
    ])
    await bench.judge([cpu(90, 0.85)], [cpu(120, 0.5)])
    expect(await bench.alerts()).toMatchObject([{ state: 'RESOLVED', resolved_at: new Date(at(120)) }])
    expect(await bench.told()).toEqual([
      'OPENED system.cpu is 95 % (≥ 90 %)',
      'FIRED the condition has held for 60 s',
      'RESOLVED system.cpu is 50 %',
    ])
    expect(await bench.events()).toEqual(['OPENED FIRING', 'RESOLVED RESOLVED'])
  })

  test('a pending alert that clears was never there', async () => {
    await bench.judge([cpu(0, 0.95)])
    await bench.judge([cpu(30, 0.5)])
    expect([await bench.alerts(), await bench.told(), await bench.events()]).toEqual([[], [], []])
  })

  test('a whole life, and the next one, within one transaction', async () => {
    await bench.judge([0, 60, 90, 120, 180].map((s) => cpu(s, s === 90 ? 0.1 : 0.95)))
    expect((await bench.alerts()).map(({ state }) => state)).toEqual(['RESOLVED', 'FIRING'])
    expect(await bench.events()).toEqual(['OPENED FIRING', 'RESOLVED RESOLVED', 'OPENED FIRING'])
    await bench.judge([cpu(200, 0.1), cpu(210, 0.95), cpu(270, 0.95)])
    expect((await bench.alerts()).map(({ state }) => state)).toEqual(['RESOLVED', 'RESOLVED', 'FIRING'])
  })

  test('an interface is named in the text, by its id while its name is not known', async () => {
    const full = (instance: string): PlainSample[] =>
      [0, 60].map((s) => ({ deviceId: box.id, metric: 'if.in.utilization', instance, at: at(s), value: 1 }))
    await source.query('INSERT INTO interface_name VALUES ($1, $2, $3)', [port, box.id, 'Gi0/1'])
    await bench.judge([...full(port), ...full('bbbbbbbb-0000-5000-8000-000000000001')])
    expect((await bench.alerts()).map(({ summary }) => summary).sort()).toEqual([
      'core-1 Gi0/1 receives at 100 % of its rate',
      'core-1 interface bbbbbbbb receives at 100 % of its rate',
    ])
    expect((await bench.alerts())[0]).toMatchObject({ rule_id: inRule })
  })

  test('samples that no rule watches, or of devices nobody told of, write nothing', async () => {
    const stranger = crypto.randomUUID()
    await bench.judge([cpu(0, 1, stranger), { deviceId: box.id, metric: 'icmp.rtt', at: at(0), value: 1e9 }])
    expect(await bench.alerts()).toEqual([])
  })

  test('a late sample of a healthy series opens nothing', async () => {
    await bench.judge([cpu(100, 0.1)])
    await bench.judge([cpu(50, 1)])
    expect(await bench.alerts()).toEqual([])
  })

  test('values of open alerts are refreshed now and then', async () => {
    await bench.judge([cpu(0, 0.95)], [cpu(60, 0.96)])
    await bench.judge([cpu(90, 0.93)])
    expect(await bench.alerts()).toMatchObject([{ value: 0.96 }])
    await bench.alone.transaction((manager) => bench.evaluator.refresh(manager))
    expect(await bench.alerts()).toMatchObject([{ value: 0.93, last_at: new Date(at(90)) }])
  })
})

describe('the clock', () => {
  const down = (ms: number): PlainSample => ({ deviceId: box.id, metric: 'device.up', at: ms, value: 0 })
  test('fires a state between two polls, once', async () => {
    const now = Date.now()
    await bench.judge([down(now - 50_000)])
    expect(bench.evaluator.isDue(now)).toBe(false)
    expect(bench.evaluator.isDue(now + 10_000)).toBe(true)
    await bench.clock(now + 10_000)
    await bench.clock(now + 11_000)
    expect(await bench.alerts()).toMatchObject([{ state: 'FIRING', summary: 'core-1 is down' }])
    expect(await bench.events()).toEqual(['OPENED FIRING'])
  })
  test('not on a sample of two minutes ago, nor any gauge', async () => {
    const now = Date.now()
    await bench.judge([down(now - 121_000), cpu(0, 1)])
    expect(bench.evaluator.isDue(now)).toBe(false)
  })
})

describe('what ends alerts from outside', () => {
  const reasons: [string, (bench: Bench) => Promise<void>, string][] = [
    ['a deleted rule', (b) => b.rules('deleted_at = now()'), 'the rule was deleted'],
    ['a disabled rule', (b) => b.rules('enabled = false'), 'the rule was disabled'],
    [
      'another metric',
      (b) => b.rules(`metric = 'system.memory'`),
      'the rule was changed: it watches system.memory now',
    ],
    [
      'another scope',
      (b) => b.rules(`scope = '{"tags": ["x"]}'`),
      'the device is no longer in the scope of the rule',
    ],
    ['a deleted device', (b) => b.know({ ...box, status: 'DELETED' }), 'the device was deleted'],
    ['a paused device', (b) => b.know({ ...box, status: 'DISABLED' }), 'monitoring of the device was paused'],
  ]
  test.each(reasons)(
    '%s resolves what fires, saying why, and drops what is pending',
    async (name, act, why) => {
      const other = device({ name: 'other' })
      await bench.know(other)
      await bench.judge([cpu(0, 1), cpu(60, 1)])
      await bench.judge([cpu(60, 1, other.id)])
      await act(bench)
      const alerts = await bench.alerts()
      expect(alerts[0]).toMatchObject({ state: 'RESOLVED', device_id: box.id })
      // A device's fate is its own; a rule's fate is that of all its alerts.
      expect(alerts.length).toBe(name.includes('device') ? 2 : 1)
      expect((await bench.told()).at(-1)).toBe(`RESOLVED ${why}`)
      expect((await bench.events()).at(-1)).toBe('RESOLVED RESOLVED')
      await bench.judge([cpu(120, 1)], [cpu(180, 1)])
      expect((await bench.alerts()).filter(({ device_id: id }) => id === box.id).length).toBe(1)
      await source.query(`UPDATE rule SET metric = 'system.cpu' WHERE id = $1`, [cpuRule])
    },
  )

  test('another severity is taken over and told', async () => {
    await bench.judge([cpu(0, 1), cpu(60, 1)])
    await bench.rules(`severity = 'CRITICAL'`)
    expect(await bench.alerts()).toMatchObject([{ severity: 'CRITICAL', state: 'FIRING' }])
    expect((await bench.told()).at(-1)).toBe(
      'RULE_CHANGED the rule was changed: the severity is CRITICAL now',
    )
    expect(await bench.events()).toEqual(['OPENED FIRING', 'UPDATED FIRING'])
  })

  test('a rule that changed while nobody evaluated counts from the start', async () => {
    await bench.judge([cpu(0, 1), cpu(60, 1)])
    await source.query('UPDATE rule SET version = version + 1, enabled = false')
    bench.restart()
    await bench.judge([])
    expect(await bench.alerts()).toMatchObject([{ state: 'RESOLVED' }])
  })

  test('maintenance opens nothing, promotes nothing and keeps what fires', async () => {
    const other = device({ name: 'other' })
    await bench.know(other)
    await bench.judge([cpu(0, 1), cpu(60, 1), cpu(60, 1, other.id)])
    await bench.know({ ...box, status: 'MAINTENANCE' })
    await bench.know({ ...other, status: 'MAINTENANCE' })
    const memory: PlainSample = { deviceId: box.id, metric: 'icmp.loss', at: at(90), value: 1 }
    await bench.judge([cpu(120, 1), cpu(120, 1, other.id), memory])
    expect((await bench.alerts()).map(({ state }) => state)).toEqual(['FIRING', 'PENDING'])
    await bench.know(other)
    await bench.judge([cpu(150, 1, other.id)])
    expect((await bench.alerts()).map(({ state }) => state)).toEqual(['FIRING', 'FIRING'])
  })
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

test('judging 24,000 watched samples of healthy interfaces blocks nobody and asks no database', async () => {
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
  const begin = performance.now()
  await bench.evaluator.judgeSamples(counting, [batch])
  expect(performance.now() - begin).toBeLessThan(200)
  expect(statements).toBe(0)
  expect(downRule).toBeTypeOf('string')
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
