import { describe, expect, test } from 'vitest'

import {
  blankDevice,
  credentialInputOf,
  type DeviceValues,
  type EditedDevice,
  fieldOf,
  inputOf,
  parentsOf,
  tagsOf,
  valuesOf,
} from './device-form-values'

const icmp = { enabled: true, intervalSeconds: 10, packets: 5, timeoutMs: 500 }
const device = {
  __typename: 'Device',
  id: 'd',
  name: 'core',
  address: '127.0.0.1',
  kind: 'ROUTER',
  status: 'ACTIVE',
  tags: ['a', 'b'],
  site: { __typename: 'Site', id: 's' },
  parentSource: 'COMPUTED',
  parents: [{ __typename: 'Device', id: 'p', name: 'gate' }],
  credentials: [{ __typename: 'Credential', id: 'c', name: 'ro', kind: 'SNMP_COMMUNITY' }],
  monitoring: { __typename: 'MonitoringSettings', icmp: { __typename: 'IcmpSettings', ...icmp }, snmp: null },
} as const satisfies Partial<Record<keyof EditedDevice, unknown>>

test('a device comes back from the form as it went in', () => {
  const values = valuesOf(device as unknown as EditedDevice)
  expect(inputOf(values, false)).toEqual({
    name: 'core',
    address: '127.0.0.1',
    siteId: 's',
    kind: 'ROUTER',
    tags: ['a', 'b'],
    credentialIds: ['c'],
    monitoring: { icmp },
  })
})

test('SNMP is switched off only where it was on', () => {
  expect(inputOf(blankDevice, true).monitoring).toMatchObject({ snmp: { enabled: false } })
  expect(inputOf(blankDevice, false).monitoring).not.toHaveProperty('snmp')
  const on = { ...blankDevice, snmp: { ...blankDevice.snmp, enabled: true } }
  expect(inputOf(on, false).monitoring?.snmp).toMatchObject({ enabled: true, version: 'V2C', port: 161 })
})

describe('parents', () => {
  const computed = device as unknown as EditedDevice
  const manual = { ...computed, parentSource: 'MANUAL' as const }
  const of = (before: EditedDevice, change: Partial<DeviceValues>) =>
    parentsOf({ ...valuesOf(before), ...change }, before)
  test('are not told where nobody touched them: some may be out of sight', () => {
    expect(of(computed, {})).toEqual({})
    expect(of(manual, {})).toEqual({})
    expect(of(computed, { parentIds: ['q'] })).toEqual({})
  })
  test('are set by hand, also to none, and given back', () => {
    expect(of(computed, { parentsByHand: true })).toEqual({ parentIds: ['p'] })
    expect(of(manual, { parentIds: ['q'] })).toEqual({ parentIds: ['q'] })
    expect(of(manual, { parentIds: [] })).toEqual({ parentIds: [] })
    expect(of(manual, { parentsByHand: false })).toEqual({ parentIds: null })
  })
})

test('tags are trimmed and named once', () => expect(tagsOf(' a, b,,a ')).toEqual(['a', 'b']))

describe('new credentials', () => {
  const v3 = { ...blankDevice, snmp: { ...blankDevice.snmp, version: 'V3' as const } }
  test('follow the version of SNMP', () => {
    const values = {
      ...blankDevice,
      credential: { ...blankDevice.credential, name: ' ro ', community: 'public' },
    }
    expect(credentialInputOf(values)).toEqual({ name: 'ro', kind: 'SNMP_COMMUNITY', community: 'public' })
  })
  test('without authentication carry no keys', () => {
    const credential = {
      ...v3.credential,
      name: 'x',
      username: 'u',
      authProtocol: '' as const,
      privKey: 'left over',
    }
    expect(credentialInputOf({ ...v3, credential })).toEqual({
      name: 'x',
      kind: 'SNMP_V3',
      username: 'u',
      allowWeak: false,
    })
  })
})

test('what is weak has to be allowed, and nothing else says so', () => {
  const v3 = { ...blankDevice, snmp: { ...blankDevice.snmp, version: 'V3' as const } }
  const of = (more: object) =>
    credentialInputOf({ ...v3, credential: { ...v3.credential, allowWeak: true, ...more } })
  expect(of({})).not.toHaveProperty('allowWeak')
  for (const weak of [
    { authProtocol: 'MD5' },
    { authProtocol: 'SHA' },
    { privProtocol: 'DES' },
    { privProtocol: '' },
  ]) {
    expect(of(weak)).toHaveProperty('allowWeak', true)
  }
})

describe("the server's errors find their field", () => {
  test.each([
    [{ code: 'BAD_USER_INPUT', message: '', field: 'input.address' }, 'device', 'address'],
    [{ code: 'BAD_USER_INPUT', message: '', field: 'input.monitoring.snmp.port' }, 'device', 'snmp.port'],
    [{ code: 'ADDRESS_CONFLICT', message: '' }, 'device', 'address'],
    [{ code: 'NAME_CONFLICT', message: '' }, 'site', 'siteName'],
    [{ code: 'BAD_USER_INPUT', message: '', field: 'input.community' }, 'credential', 'credential.community'],
    [{ code: 'INTERNAL_SERVER_ERROR', message: '' }, 'device', undefined],
  ] as const)('%o in step %s', (problem, step, field) => expect(fieldOf(problem, step)).toBe(field))
})
