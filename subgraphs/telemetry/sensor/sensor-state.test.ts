import { afterAll, beforeAll, expect, test } from 'vitest'

import { batch, type IngestParts, openIngestParts } from '#tests/kit/telemetry.js'
import { startTelemetryApi, type TelemetryApi } from '#tests/kit/telemetry-api.js'

const now = Math.floor(Date.now() / 60_000) * 60_000
const [optic, supply] = [crypto.randomUUID(), crypto.randomUUID()]
let parts: IngestParts
let api: TelemetryApi
let device: string

beforeAll(async () => {
  parts = await openIngestParts()
  device = (await parts.addDevice()).id
  api = await startTelemetryApi(parts)
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await parts[Symbol.asyncDispose]()
})

const poll = (at: number, samples: Parameters<typeof batch>[1][number]['samples']) =>
  parts.process(batch('snmp', [{ id: device, at, samples: samples ?? [] }]))
const states = async () =>
  (await api.entities('Sensor', [optic, supply], 'state { value status at }')).map(
    (sensor) => sensor['state'],
  )

test('the latest reading is kept: what was not told is null, older news change nothing', async () => {
  expect(await states()).toEqual([null, null])
  await poll(now - 120_000, [
    ['sensor.optical', -4.5, optic],
    ['sensor.state', 0, optic],
    ['sensor.state', 2, supply],
  ])
  const at = (ms: number) => new Date(ms).toISOString()
  expect(await states()).toEqual([
    { value: -4.5, status: 'OK', at: at(now - 120_000) },
    { value: null, status: 'CRITICAL', at: at(now - 120_000) },
  ])
  await poll(now - 60_000, [['sensor.state', 1, optic]])
  await poll(now - 180_000, [['sensor.optical', -1, optic]])
  expect((await states())[0]).toEqual({ value: null, status: 'WARNING', at: at(now - 60_000) })
})

test('series of one sensor, and of all of a device', async () => {
  const range = `range: { from: "${new Date(now - 600_000).toISOString()}", to: "${new Date(now).toISOString()}" }`
  const [one] = await api.entities(
    'Sensor',
    [optic],
    `series(metrics: ["sensor.optical"], ${range}, step: 60) { unit points { value } }`,
  )
  expect(one?.['series']).toMatchObject([{ unit: 'dBm', points: expect.arrayContaining([{ value: -4.5 }]) }])
  const [all] = await api.entities(
    'Device',
    [device],
    `series(metrics: ["sensor.state"], ${range}) { instance }`,
  )
  const instances = ((all?.['series'] ?? []) as { instance: string }[]).map(({ instance }) => instance)
  expect(instances.sort()).toEqual([optic, supply].sort())
})

test('a sensor has no metrics of interfaces', async () => {
  const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Sensor {
    series(metrics: ["if.in.bps"], range: { last: "1h" }) { unit } } } }`
  await expect(api.data(query, { of: [{ __typename: 'Sensor', id: optic }] })).rejects.toThrow()
})

test('a deleted device leaves no state of its sensors', async () => {
  await parts.addDevice({ id: device }, 'DELETED')
  expect(await states()).toEqual([null, null])
})
