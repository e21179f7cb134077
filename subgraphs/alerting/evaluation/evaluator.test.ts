import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import type { DataSource } from '#db/source.js'

import { device, type PlainSample } from '#tests/kit/alerting.js'
import { Bench, clear, openStore } from '#tests/kit/evaluation.js'
import { fingerprintOf } from './open-alerts.js'

const cpuRule = 'a1e70000-0000-4000-8000-000000000002'
const inRule = 'a1e70000-0000-4000-8000-000000000003'
const port = 'aaaaaaaa-0000-5000-8000-000000000001'
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
