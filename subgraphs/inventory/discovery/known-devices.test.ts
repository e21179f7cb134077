import { expect, test } from 'vitest'

import type { DeviceNeighbors } from '#core/contract/neighbors.js'
import { deviceFacts, deviceNeighbors, portFacts } from '#tests/kit/device-facts.js'
import { foundHost } from '#tests/kit/discovery.js'
import { openInventory } from '#tests/kit/opened-inventory.js'

import { storeFacts } from '../device/device-facts.js'
import { storeNeighbors } from '../topology/neighbor-report.js'
import { refreshKeys } from '../topology/own-keys.js'
import { knownDevices } from './known-devices.js'

const { room, source } = await openInventory()

let added = 0
const add = () => room.createDevice({ name: `device-${++added}`, address: `10.21.0.${added}` })
const mac = (n: number) => `00:1b:54:00:00:0${n}`
const says = async (id: string, more: Partial<DeviceNeighbors>) => {
  await storeNeighbors(source, deviceNeighbors(id, 1000, more))
  await refreshKeys(source.manager, [id])
}
const hasPort = async (id: string, n: number) => {
  const interfaces = [portFacts(id, 'a', 1, { mac: mac(n) })]
  await storeFacts(source, deviceFacts(id, 1000, { interfaces, serialNumber: null }))
  await refreshKeys(source.manager, [id])
}
/** What a host with this chassis id is taken for. */
const known = async (chassisId: string, sysName: string | null = null) =>
  (await knownDevices(source, [foundHost('10.21.1.1', { chassisId, sysName })], 'everywhere')).get(
    '10.21.1.1',
  )

test('a device is known by the chassis id it says, by its bridge, and by the MAC address of a port', async () => {
  const [says1, bridges, ported] = [await add(), await add(), await add()]
  await says(says1, { chassisId: { kind: 'LOCAL', value: 'Chassis One' } })
  await says(bridges, { bridgeMac: mac(1) })
  await hasPort(ported, 2)
  expect(await known('LOCAL Chassis One')).toEqual({ deviceId: says1, by: 'CHASSIS_ID' })
  expect(await known(`MAC ${mac(1)}`)).toEqual({ deviceId: bridges, by: 'CHASSIS_ID' })
  expect(await known(`MAC ${mac(2)}`, 'renamed')).toEqual({ deviceId: ported, by: 'CHASSIS_ID' })
  // It is called as that one, which says another chassis id.
  expect(await known('LOCAL Chassis Two', 'device-1')).toBeUndefined()
  expect(
    await knownDevices(source, [foundHost('10.21.1.1', { chassisId: `MAC ${mac(2)}` })], new Set()),
  ).toEqual(new Map())
})

test('what several devices have, or a group of routers, or what others say of it, tells nobody', async () => {
  const [twin, other, virtual, proxied] = [await add(), await add(), await add(), await add()]
  await hasPort(twin, 3)
  await hasPort(other, 3)
  expect(await known(`MAC ${mac(3)}`)).toBeUndefined()
  await says(virtual, {
    chassisId: { kind: 'MAC', value: '00:00:5e:00:01:07' },
    arp: [{ address: `10.21.0.${added}`, mac: mac(4), interfaceId: null }],
  })
  await refreshKeys(source.manager, [proxied])
  expect(await known('MAC 00:00:5e:00:01:07')).toBeUndefined()
  expect(await known(`MAC ${mac(4)}`)).toBeUndefined()
  // Nor does it keep its name from telling.
  expect(await known(`MAC ${mac(3)}`, 'a.example')).toMatchObject({ by: 'SYS_NAME' })
})
