import { expect, test } from 'vitest'

import { sameDevice, type Traits } from './same-device.js'

const device = (more: Partial<Traits>): Traits => ({
  ...{ serialNumber: null, chassisId: null, sysName: null, addresses: [] },
  ...more,
})
const both = (one: Partial<Traits>, other: Partial<Traits> = one) => sameDevice(device(one), device(other))

test('the strongest sign names it', () => {
  expect(both({ serialNumber: 'FCW1', sysName: 'a' }, { serialNumber: 'fcw1', sysName: 'b' })).toBe('SERIAL')
  expect(both({ chassisId: 'MAC 00:11:22:33:44:55', addresses: ['10.0.0.1'] })).toBe('CHASSIS_ID')
  expect(both({ addresses: ['10.0.0.1', '10.0.0.2'] }, { addresses: ['10.0.0.2'] })).toBe('ADDRESS')
  expect(both({ sysName: 'core-1' }, { sysName: 'CORE-1' })).toBe('SYS_NAME')
  expect(both({ sysName: 'core-1' }, { sysName: 'core-2' })).toBeUndefined()
})

test('what differs for certain outweighs names and addresses', () => {
  const alike = { sysName: 'sw', addresses: ['10.0.0.1'] }
  expect(both({ ...alike, serialNumber: 'A1' }, { ...alike, serialNumber: 'A2' })).toBeUndefined()
  expect(both({ ...alike, chassisId: 'MAC a' }, { ...alike, chassisId: 'MAC b' })).toBeUndefined()
  expect(both({ ...alike, serialNumber: 'A1' }, alike)).toBe('ADDRESS')
})

test.each([
  ...['localhost', 'localhost.localdomain', 'Switch', 'router', '(none)', 'N/A', '00:00:00:00:00:00', ' '],
])('%j names nobody', (sysName) => {
  expect(both({ sysName, serialNumber: sysName })).toBeUndefined()
})

test('addresses that every host has say nothing', () => {
  expect(both({ addresses: ['127.0.0.1', '::1', 'fe80::1', '169.254.0.1'] })).toBeUndefined()
})
