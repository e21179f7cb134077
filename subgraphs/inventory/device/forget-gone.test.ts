import { beforeEach, describe, expect, test } from 'vitest'

import { type DeviceChanged, deviceFactsMax } from '#core/contract/devices.js'
import type { SensorFacts } from '#core/contract/sensors.js'
import { registry } from '#core/service/metrics.js'
import { sensorId } from '#core/service/sensor-id.js'
import { deviceFacts, portFacts } from '#tests/kit/device-facts.js'
import { openInventory } from '#tests/kit/opened-inventory.js'

import { storeFacts } from './device-facts.js'
import { forgetAll } from './forget-gone.js'

const days = 86_400_000
const { room, source } = await openInventory()
let id: string
beforeEach(async () => {
  await room.sql.query('TRUNCATE device, site, credential CASCADE')
  id = await room.createDevice({ name: 'a', address: '10.0.0.1' })
})

const port = (key: string, ifIndex = 1) => portFacts(id, key, ifIndex)
const ports = (from: number, past: number) =>
  Array.from({ length: past - from }, (_, n) => port(`ppp${from + n}`, from + n + 1))
const sensor = (key: string): SensorFacts => ({
  ...{ id: sensorId(id, key), key, kind: 'FAN', name: key, measures: true, interfaceId: null },
  limits: { lowCritical: null, lowWarning: null, highWarning: null, highCritical: null },
})
const kept = async (table: 'interface' | 'sensor') =>
  (await room.sql.query(`SELECT key, present FROM ${table} ORDER BY key COLLATE "C"`)).rows as {
    key: string
    present: boolean
  }[]
const told = async (): Promise<DeviceChanged[]> => {
  await expect.poll(async () => (await room.sql.query('SELECT 1 FROM outbox')).rowCount).toBe(0)
  const events = await room.topics.read('device.changed', '0-0', 1000)
  return events.map(({ event }) => event).filter(({ device }) => device.id === id)
}

describe('ports and sensors that are gone', () => {
  test('are kept for 90 days, and forgotten by all once another goes after that', async () => {
    const both = { sensors: [sensor('fan 1'), sensor('fan 2')], interfaces: [port('a', 1), port('b', 2)] }
    await storeFacts(source, deviceFacts(id, 1000, both))
    await storeFacts(
      source,
      deviceFacts(id, 2000, { sensors: [sensor('fan 2')], interfaces: [port('b', 2)] }),
    )
    const later = { sensors: [sensor('fan 2')], interfaces: [port('b', 2), port('c', 3)] }
    await storeFacts(source, deviceFacts(id, 89 * days, later))
    await storeFacts(source, deviceFacts(id, 90 * days, { ...later, interfaces: [port('b', 2)] }))
    expect(await kept('interface')).toEqual([
      { key: 'a', present: false },
      { key: 'b', present: true },
      { key: 'c', present: false },
    ])
    await storeFacts(source, deviceFacts(id, 91 * days, { interfaces: [port('d', 4)] }))
    expect((await kept('interface')).map(({ key }) => key)).toEqual(['b', 'c', 'd'])
    expect(await kept('sensor')).toEqual([{ key: 'fan 2', present: true }])
    const { forgotten, interfaces } = (await told()).at(-1) as DeviceChanged
    expect(forgotten?.toSorted()).toEqual([port('a').id, sensor('fan 1').id].toSorted())
    expect(interfaces?.map(({ name }) => name)).toEqual(['d'])
  })

  test('are at most 2,000 of a device, those that went last', async () => {
    await storeFacts(source, deviceFacts(id, 1000, { interfaces: ports(0, 1500) }))
    await storeFacts(source, deviceFacts(id, days, { interfaces: ports(1500, 3000) }))
    await storeFacts(source, deviceFacts(id, 2 * days, { interfaces: [port('a', 1)] }))
    const rows = await kept('interface')
    expect(rows.filter(({ present }) => !present)).toHaveLength(2000)
    const later = rows.filter(({ key }) => Number(key.slice(3)) >= 1500)
    expect(later).toHaveLength(1500)
    expect((await told()).at(-1)?.forgotten).toHaveLength(1000)
  })

  test('are forgotten of devices that nothing changes of, too', async () => {
    await storeFacts(source, deviceFacts(id, Date.now(), { interfaces: [port('a', 1), port('b', 2)] }))
    await room.sql.query(
      `UPDATE interface SET present = false, last_seen_at = now() - interval '91 days' WHERE key = 'a'`,
    )
    await room.sql.query(`UPDATE interface SET last_seen_at = now() - interval '91 days' WHERE key = 'b'`)
    await forgetAll(source)
    expect(await kept('interface')).toEqual([{ key: 'b', present: true }])
    expect((await told()).at(-1)?.forgotten).toEqual([port('a').id])
    const events = (await told()).length
    await forgetAll(source)
    expect((await told()).length).toBe(events)
  })
})

test('more than is kept of a device is cut, and counted', async () => {
  const counter = () => registry.getSingleMetric('sotp_inventory_facts_cut_total')
  const many = Array.from({ length: deviceFactsMax.sensors + 3 }, (_, n) => sensor(`fan ${n}`))
  await storeFacts(source, deviceFacts(id, 1000, { sensors: many }))
  expect(await kept('sensor')).toHaveLength(deviceFactsMax.sensors)
  expect((await counter()?.get())?.values).toMatchObject([{ labels: { list: 'sensors' }, value: 3 }])
})
