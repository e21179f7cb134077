import { expect, test } from 'vitest'

import { backoffMs } from './backoff'
import { type DeviceEntry, Directory, findDevices } from './directory'
import { mergeFeed } from './feed'
import { isUsed, patched, patchOf } from './interface-figures'

const entry = (id: string, name: string, address = '127.0.0.1', site = 'Warszawa'): DeviceEntry => ({
  __typename: 'Device',
  id,
  name,
  address,
  kind: 'ROUTER',
  status: 'ACTIVE',
  site: { __typename: 'Site', id: site, name: site },
})

test('the directory counts as people do: 2 before 10', () => {
  const directory = new Directory()
  directory.replace([entry('1', 'sw-10'), entry('2', 'sw-2')])
  directory.put(entry('3', 'sw-1'))
  expect(directory.all().map(({ name }) => name)).toEqual(['sw-1', 'sw-2', 'sw-10'])
  directory.remove('2')
  expect(directory.get('2')).toBeUndefined()
})

test('a search ranks the beginning of a name over its middle, an address and a site', () => {
  const all = [
    entry('1', 'x', '10.0.0.1', 'Core site'),
    entry('2', 'waw-core-01'),
    entry('3', 'core-02'),
    entry('4', 'y', 'core.example.net'),
    entry('5', 'z'),
  ]
  expect(findDevices(all, ' CORE ', 9).map(({ id }) => id)).toEqual(['3', '2', '4', '1'])
  expect(findDevices(all, '', 2)).toHaveLength(2)
})

test('the feed shows a change once, however it came', () => {
  const at = '2026-11-23T12:00:00.000Z'
  const change = { from: 'UP', to: 'DOWN', reason: 'NO_REPLY' } as const
  const live = [{ ...change, at: '2026-11-23T12:00:00Z', deviceId: 'a', key: 'k', name: 'A', fresh: true }]
  const device = (id: string) => ({ __typename: 'Device' as const, id, name: id })
  const past = [
    { __typename: 'StateChange' as const, ...change, at, device: device('a') },
    { __typename: 'StateChange' as const, ...change, at: '2026-11-23T13:00:00Z', device: device('b') },
    { __typename: 'StateChange' as const, ...change, at, device: null },
  ]
  expect(mergeFeed(live, past, 9).map(({ deviceId, fresh }) => [deviceId, fresh])).toEqual([
    ['b', false],
    ['a', true],
  ])
})

test('waits double up to half a minute, and are never the same for everybody', () => {
  expect([0, 1, 2].map((attempt) => backoffMs(attempt, () => 1))).toEqual([500, 1000, 2000])
  expect(backoffMs(50, () => 1)).toBe(30_000)
  expect(backoffMs(3, () => 0)).toBe(2000)
})

test("a poll's samples become a port's figures, both directions of a fault together", () => {
  expect(
    patchOf([
      { metric: 'if.in.bps', value: 10 },
      { metric: 'if.in.errors', value: 1 },
      { metric: 'if.out.errors', value: 2 },
      { metric: 'if.oper', value: 0 },
    ]),
  ).toEqual({ inBps: 10, errorsPerSecond: 3, operUp: false })
})

const idle = {
  operUp: false,
  operChangedAt: null,
  inBps: 0,
  outBps: null,
  utilizationIn: null,
  utilizationOut: null,
  errorsPerSecond: 0,
  discardsPerSecond: 0,
}

test('a port is used when it is up, was seen to go down, or carries something', () => {
  const at = '2026-11-28T06:00:00.000Z'
  const used = [{ operUp: true }, { outBps: 5 }, { operChangedAt: at }, {}].map((part) =>
    isUsed({ ...idle, ...part }),
  )
  expect(used).toEqual([true, true, true, false])
})

test('a poll that finds a port up again says since when', () => {
  const at = '2026-11-28T06:00:00.000Z'
  const sample = (value: number) => [
    { __typename: 'Sample' as const, metric: 'if.oper', instance: 'p', at, value },
  ]
  expect(patched(idle, sample(1))).toMatchObject({ operUp: true, operChangedAt: at })
  expect(patched(idle, sample(0)).operChangedAt).toBeNull()
  expect(patched({ ...idle, operUp: null }, sample(1)).operChangedAt).toBeNull()
})
