import { expect, test } from 'vitest'

import type { HeardNeighbor } from '#core/contract/neighbors.js'

import { adjacenciesOf } from './adjacency.js'
import { FarPorts, type KnownPort } from './far-port.js'
import { heardKeys, resolve } from './identity.js'
import { type Claim, isStranger, pairLinks, type ToldLink } from './pairing.js'

const heard = (more: Partial<HeardNeighbor>): HeardNeighbor => ({
  protocol: 'LLDP',
  interfaceId: 'a1',
  portLabel: 'a1',
  chassisId: { kind: 'MAC', value: '00:00:00:00:00:0b' },
  portId: { kind: 'NAME', value: 'b1' },
  portDescription: null,
  sysName: 'b',
  platform: null,
  addresses: [],
  capabilities: [],
  ...more,
})
const holders = new Map([
  ['mac:00:00:00:00:00:0b', ['b']],
  ['name:b', ['b']],
  ['name:switch', ['c', 'd']],
  ['ip:192.0.2.4', ['d']],
])

test('a neighbour is who alone has one of its keys; a name that two have says nothing by itself', () => {
  expect(resolve(heardKeys(heard({})), holders, 'a')).toBe('b')
  const twin = heard({ chassisId: { kind: 'LOCAL', value: '1' }, sysName: 'Switch' })
  expect(resolve(heardKeys(twin), holders, 'a')).toBeUndefined()
  expect(resolve(heardKeys({ ...twin, addresses: ['192.0.2.4'] }), holders, 'a')).toBe('d')
  // Of two with this name, one is who asks.
  expect(resolve(heardKeys(twin), holders, 'c')).toBe('d')
  const nexus = heard({ protocol: 'CDP', chassisId: { kind: 'LOCAL', value: 'B.example.net(FOX1234)' } })
  expect(heardKeys(nexus)).toEqual(['name:b.example.net', 'name:b'])
  const vrrp = heard({ chassisId: { kind: 'MAC', value: '00:00:5e:00:01:07' }, sysName: null })
  expect(heardKeys(vrrp)).toEqual([])
})

test('two who are heard by LLDP on one port are behind something else, one heard by both protocols is one', () => {
  const both = [heard({}), heard({ protocol: 'CDP', chassisId: { kind: 'LOCAL', value: 'b' } })]
  expect(adjacenciesOf('a', both, holders)).toMatchObject([{ shared: false, far: { deviceId: 'b' } }])
  const phone = { chassisId: { kind: 'LOCAL', value: 'phone' }, sysName: 'phone' } as const
  const beside = adjacenciesOf('a', [heard({}), heard(phone)], holders)
  expect(beside.map(({ shared }) => shared)).toEqual([true, true])
  const behind = adjacenciesOf(
    'a',
    [heard(phone), heard({ protocol: 'CDP', sysName: 'b', chassisId: { kind: 'LOCAL', value: 'b' } })],
    holders,
  )
  expect(behind.map(({ shared }) => shared)).toEqual([false, true])
})

const claim = (
  deviceId: string,
  interfaceId: string | null,
  far: string,
  farInterfaceId: string | null,
): Claim => ({
  ...{ deviceId, interfaceId, port: interfaceId ?? 'port', far: { deviceId: far }, farInterfaceId },
  ...{ hints: [], protocols: new Set(['LLDP'] as const), shared: false },
})
const ends = ({ from, to }: ToldLink) => [from.interfaceId, isStranger(to) ? null : to.interfaceId]

test('what both ends tell is one link, also of several cables and where a port is not understood', () => {
  const parallel = pairLinks(
    [claim('a', 'a1', 'b', 'b1'), claim('a', 'a2', 'b', 'b2')],
    [claim('b', 'b2', 'a', 'a2'), claim('b', 'b1', 'a', 'a1')],
  )
  expect(parallel.map(ends)).toEqual([
    ['a1', 'b1'],
    ['a2', 'b2'],
  ])
  expect(parallel.every(({ confidence }) => confidence === 1)).toBe(true)
  // One side alone knows which port the other means.
  expect(pairLinks([claim('a', 'a1', 'b', null)], [claim('b', 'b1', 'a', 'a1')]).map(ends)).toEqual([
    ['a1', 'b1'],
  ])
  // Neither does, but there is only one on each side.
  expect(pairLinks([claim('a', 'a1', 'b', null)], [claim('b', 'b1', 'a', null)]).map(ends)).toEqual([
    ['a1', 'b1'],
  ])
  // Both know, and mean other cables.
  expect(pairLinks([claim('a', 'a1', 'b', 'b2')], [claim('b', 'b1', 'a', 'a2')])).toHaveLength(2)
  expect(pairLinks([claim('a', 'a1', 'b', 'b1')], [])).toMatchObject([{ confidence: 0.8, toldBy: ['a'] }])
})

test('the id of a link follows from its ends, whoever tells it', () => {
  const [one] = pairLinks([claim('a', 'a1', 'b', 'b1')], [])
  const [other] = pairLinks([claim('b', 'b1', 'a', 'a1')], [])
  expect(one?.id).toBe(other?.id)
})

test('a far port is found by what the device itself tells, then by its names, and never by one that two have', () => {
  const port = (id: string, more: Partial<KnownPort>): KnownPort => ({
    ...{ id, deviceId: 'b', name: id, description: null, alias: null, mac: null, ifIndex: 0 },
    ...more,
  })
  const ports = new FarPorts(
    [
      port('p1', {
        name: 'Gi0/1',
        description: 'GigabitEthernet0/1',
        mac: '00:00:00:00:00:01',
        ifIndex: 513,
      }),
      port('p2', { name: 'Gi0/2', alias: 'uplink' }),
      port('p3', { name: 'Gi0/3', alias: 'desk' }),
      port('p4', { name: 'Gi0/4', alias: 'desk' }),
    ],
    [{ interfaceId: 'p4', id: { kind: 'LOCAL', value: '513' } }],
  )
  const find = (
    kind: HeardNeighbor['portId']['kind'],
    value: string,
    portDescription: string | null = null,
  ) => ports.find({ portId: { kind, value }, portDescription })
  expect(find('LOCAL', '513')).toBe('p4')
  expect(find('NAME', 'GigabitEthernet0/1')).toBe('p1')
  expect(find('MAC', '00:00:00:00:00:01')).toBe('p1')
  expect(find('ALIAS', 'uplink')).toBe('p2')
  expect(find('ALIAS', 'desk')).toBeUndefined()
  expect(find('CIRCUIT', 'hex:01', 'uplink')).toBe('p2')
})
