import type { DeviceFacts, InterfaceFacts } from '#core/contract/devices.js'
import type { DeviceNeighbors } from '#core/contract/neighbors.js'
import { interfaceId } from '#core/service/interface-id.js'

/** A port as a device reports it. */
export const portFacts = (
  deviceId: string,
  key: string,
  ifIndex: number,
  rest: Partial<InterfaceFacts> = {},
): InterfaceFacts => ({
  id: interfaceId(deviceId, key),
  key,
  ifIndex,
  name: key,
  description: null,
  alias: null,
  mac: null,
  type: 6,
  speedBps: '1000000000',
  mtu: 1500,
  adminUp: true,
  ...rest,
})

/** What a device says of itself. */
export const deviceFacts = (deviceId: string, at: number, rest: Partial<DeviceFacts> = {}): DeviceFacts => ({
  v: 1,
  kind: 'device.facts',
  deviceId,
  at,
  sysName: 'a.example',
  sysDescr: 'RouterOS',
  sysObjectId: '1.3.6.1.4.1.14988.1',
  vendor: 'MikroTik',
  model: 'CCR',
  osVersion: '7.1',
  serialNumber: 'S1',
  interfaces: null,
  ...rest,
})

/** What a device says of whom it hears: nothing but what is given. */
export const deviceNeighbors = (
  deviceId: string,
  at: number,
  rest: Partial<DeviceNeighbors> = {},
): DeviceNeighbors => ({
  ...{ v: 1, kind: 'device.neighbors', deviceId, at, chassisId: null, cdpDeviceId: null, bridgeMac: null },
  ...{ addresses: null, ports: null, heard: null, arp: null, fdb: null, cut: [] },
  ...rest,
})
