import { beforeEach, expect, test } from 'vitest'

import type { DeviceFacts } from '#core/contract/devices.js'
import type { SensorFacts } from '#core/contract/sensors.js'
import { interfaceId } from '#core/service/interface-id.js'
import { sensorId } from '#core/service/sensor-id.js'
import { deviceFacts } from '#tests/kit/device-facts.js'
import { openInventory } from '#tests/kit/opened-inventory.js'

import { storeFacts } from '../device/device-facts.js'

const { room, source } = await openInventory()
let id: string
beforeEach(async () => {
  await room.sql.query('TRUNCATE device, site, credential CASCADE')
  id = await room.createDevice({ name: 'a', address: '10.0.0.1' })
})

const noLimits = { lowCritical: null, lowWarning: null, highWarning: null, highCritical: null }
const sensor = (key: string, rest: Partial<SensorFacts> = {}): SensorFacts => ({
  id: sensorId(id, key),
  key,
  kind: 'FAN',
  name: key,
  measures: true,
  interfaceId: null,
  limits: noLimits,
  ...rest,
})
const facts = (at: number, rest: Partial<DeviceFacts>) => deviceFacts(id, at, rest)
const read = async (args = '') =>
  (
    await room.run(
      `{ device(id: "${id}") { kind profile { id name } sensors${args} { totalCount pageInfo { hasNextPage endCursor }
        nodes { id kind name metric unit highCritical present interface { name } device { name } } } } }`,
    )
  ).data.device
const told = async (cursor: string) => {
  await expect.poll(async () => (await room.sql.query('SELECT 1 FROM outbox')).rowCount).toBe(0)
  return (await room.topics.read('device.changed', cursor, 100)).map(({ event }) => event)
}

test('sensors are kept with their limits and their port, by kind and name, in pages; the same again writes nothing', async () => {
  const port = { id: interfaceId(id, 'e1'), key: 'e1', ifIndex: 1, name: 'e1' }
  const rest = {
    description: null,
    alias: null,
    mac: null,
    type: 6,
    speedBps: null,
    mtu: null,
    adminUp: true,
  }
  const sensors = [
    sensor('b'),
    sensor('a', { kind: 'POWER', measures: false }),
    sensor('rx', {
      kind: 'OPTICAL',
      interfaceId: port.id,
      limits: { ...noLimits, highCritical: -1.5 },
    }),
  ]
  await storeFacts(source, facts(1000, { interfaces: [{ ...port, ...rest }], sensors }))
  const found = (await read()).sensors
  expect(found.nodes).toMatchObject([
    { name: 'b', kind: 'FAN', metric: 'sensor.fan', unit: 'rpm', interface: null, present: true },
    { name: 'rx', unit: 'dBm', highCritical: -1.5, interface: { name: 'e1' }, device: { name: 'a' } },
    { name: 'a', kind: 'POWER', metric: null, unit: null },
  ])
  const first = (await read('(first: 2)')).sensors
  expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } })
  const second = (await read(`(first: 2, after: "${first.pageInfo.endCursor}")`)).sensors
  expect(second.nodes).toMatchObject([{ name: 'a' }])
  expect((await read('(filter: { kinds: [FAN, POWER] })')).sensors.totalCount).toBe(2)
  const versions = async () => (await room.sql.query('SELECT xmin FROM sensor ORDER BY id')).rows
  const before = await versions()
  await storeFacts(source, facts(2000, { sensors }))
  expect(await versions()).toEqual(before)
})

test('a sensor that is gone is marked and no longer listed, keeps its id, and comes back as itself', async () => {
  await storeFacts(source, facts(1000, { sensors: [sensor('a'), sensor('b')] }))
  const cursor = await room.topics.head('device.changed')
  await storeFacts(source, facts(2000, { sensors: [sensor('b')] }))
  expect((await read()).sensors.nodes).toMatchObject([{ name: 'b' }])
  const one = (await room.run(`{ sensor(id: "${sensorId(id, 'a')}") { name present } }`)).data.sensor
  expect(one).toEqual({ name: 'a', present: false })
  await storeFacts(source, facts(3000, { sensors: [sensor('a'), sensor('b')] }))
  expect((await read()).sensors.nodes.map((node: { id: string }) => node.id)).toContain(sensorId(id, 'a'))
  const names = (await told(cursor)).map(({ sensors }) => sensors?.map(({ name }) => name))
  expect(names.slice(-2)).toEqual([['b'], ['a', 'b']])
})

test('sensors that could not be read this time stay as they were', async () => {
  await storeFacts(source, facts(1000, { sensors: [sensor('a')] }))
  await storeFacts(source, facts(2000, { sensors: null, model: 'other' }))
  expect((await read()).sensors.totalCount).toBe(1)
})

test('the profile is told, and what nobody has said the device is for', async () => {
  const profile = { id: 'mikrotik-routeros', name: 'MikroTik RouterOS' }
  expect(await read()).toMatchObject({ profile: null, kind: 'OTHER' })
  await storeFacts(source, facts(1000, { profile, deviceKind: 'ROUTER' }))
  expect(await read()).toMatchObject({ profile, kind: 'ROUTER' })
  await storeFacts(source, facts(2000, { profile, deviceKind: 'SWITCH' }))
  expect(await read()).toMatchObject({ kind: 'ROUTER' })
})
