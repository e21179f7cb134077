import { afterAll, beforeAll, expect, test } from 'vitest'

import type { DeviceChanged } from '#core/contract/devices.js'
import { batch, type IngestParts, openIngestParts } from '#tests/kit/telemetry.js'

import { applyDeviceChanges } from './devices.js'

const now = Math.floor(Date.now() / 1000) * 1000
let parts: IngestParts
beforeAll(async () => {
  parts = await openIngestParts()
})
afterAll(() => parts[Symbol.asyncDispose]())

const [gone, back, sensor] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()]
const instances = async (id: string) => ({
  series: (
    await parts.source.query(`SELECT DISTINCT instance FROM series WHERE device_id = $1 AND instance <> ''`, [
      id,
    ])
  ).map(({ instance }: { instance: string }) => instance),
  figures: (
    await parts.source.query(
      `SELECT id FROM interface_state WHERE device_id = $1 UNION SELECT id FROM sensor_state WHERE device_id = $1`,
      [id],
    )
  ).map((row: { id: string }) => row.id),
})

test('series and figures of forgotten ports and sensors are dropped, but of those that are back', async () => {
  const device = await parts.addDevice()
  const { id } = device
  const poll = (at: number, ports: readonly string[]) =>
    parts.process(
      batch('snmp', [
        {
          id,
          at,
          samples: [
            ['system.cpu', 0.5],
            ...ports.map((port) => ['if.in.bps', 7, port] as ['if.in.bps', number, string]),
            ['sensor.fan', 900, sensor],
          ],
        },
      ]),
    )
  await poll(now - 60_000, [gone, back])
  const all = { series: expect.arrayContaining([gone, back, sensor]), figures: expect.any(Array) }
  expect(await instances(id)).toEqual(all)

  const forget = (at: number, forgotten: string[]) => {
    const event: DeviceChanged = { v: 1, kind: 'device.changed', change: 'UPDATED', at, device, forgotten }
    return parts.source.transaction((manager) => applyDeviceChanges(manager, [event], parts.store))
  }
  await parts.process(batch('snmp', [{ id, at: now - 10_000, samples: [['if.in.bps', 8, back]] }]))
  await forget(now - 30_000, [gone, back, sensor])
  expect(await instances(id)).toEqual({ series: [back], figures: [back] })
  // Again, or of what was never measured: nothing.
  await forget(now - 30_000, [gone, crypto.randomUUID()])

  await poll(now, [gone])
  const selection = { deviceIds: [id], metrics: ['if.in.bps' as const] }
  const latest = await parts.store.latest(selection, new Date(now - 3_600_000))
  expect(latest.map(({ instance, value }) => [instance, value]).toSorted()).toEqual(
    [
      [gone, 7],
      [back, 8],
    ].toSorted(),
  )
})
