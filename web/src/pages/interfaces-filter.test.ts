import { sortFn_alphanumeric } from '@tanstack/react-table'
import { describe, expect, test } from 'vitest'

import { InterfaceFigures, type Port } from '../live/interface-figures'
import { SeriesStore } from '../parts/series'
import { operSpans } from './interface-oper'
import { selectPorts, stateRank } from './interfaces-filter'

const none = {
  __typename: 'InterfaceState',
  operUp: null,
  operChangedAt: null,
  inBps: null,
  outBps: null,
  utilizationIn: null,
  utilizationOut: null,
  errorsPerSecond: null,
  discardsPerSecond: null,
  at: '2026-11-28T06:00:00.000Z',
} as const
const port = (name: string, more: Partial<Port>, state: Partial<NonNullable<Port['state']>> = {}) =>
  ({
    id: name,
    name,
    alias: null,
    description: null,
    mac: null,
    adminUp: true,
    ...more,
    state: { ...none, ...state },
  }) as Port
const ports = [
  port('Gi1', { alias: 'uplink' }, { operUp: true, utilizationOut: 0.8 }),
  port('Gi2', {}, { operUp: false, operChangedAt: none.at }),
  port('Gi3', { adminUp: false }, { operUp: false }),
  port('Gi4', { mac: '00:11:22:33:44:55' }, { operUp: false, discardsPerSecond: 0.5 }),
]
const figures = new InterfaceFigures()
figures.load(ports)
const names = (by: Parameters<typeof selectPorts>[2]) =>
  selectPorts(ports, (id) => figures.get(id), by).map(({ name }) => name)

describe('the interface table', () => {
  test('hides what is not in use, unless all are asked for', () => {
    expect(names({})).toEqual(['Gi1', 'Gi2'])
    expect(names({ all: true })).toHaveLength(4)
  })
  test('shows what fits any filter, in use or not', () => {
    expect(names({ ports: ['down'] })).toEqual(['Gi2', 'Gi4'])
    expect(names({ ports: ['disabled', 'busy'] })).toEqual(['Gi1', 'Gi3'])
    expect(names({ ports: ['faulty'] })).toEqual(['Gi4'])
  })
  test('finds by name, alias and MAC', () => {
    expect([
      names({ q: 'UPL' }),
      names({ q: '22:33', all: true }),
      names({ q: 'gi', ports: ['up'] }),
    ]).toEqual([['Gi1'], ['Gi4'], ['Gi1']])
  })
})

test('sorts by state, and names as people count', () => {
  const by = (rank: (one: Port) => number) =>
    ports.toSorted((a, b) => rank(a) - rank(b)).map(({ name }) => name)
  expect(by(stateRank)).toEqual(['Gi1', 'Gi2', 'Gi4', 'Gi3'])
  const row = (name: string) => ({ getValue: () => name }) as never
  const names = ['Gi1/0/10', 'Gi1/0/2', 'Te1/1/1', 'Gi1/0/1']
  expect(names.toSorted((a, b) => sortFn_alphanumeric(row(a), row(b), 'name'))).toEqual([
    'Gi1/0/1',
    'Gi1/0/2',
    'Gi1/0/10',
    'Te1/1/1',
  ])
})

test('a port was up, down or not measured', () => {
  const store = new SeriesStore()
  const at = (seconds: number) => new Date(seconds * 1000).toISOString()
  const values = [1, 1, 1, 0, 0, 0, null, null, null, null, null, 1, 0.5, 1]
  store.load('if.oper', { step: 60, points: values.map((value, n) => ({ at: at(n * 60), value })) })
  const told = operSpans(store, { from: 30, to: 840 }).map(({ from, to, state }) => [from, to, state])
  expect(told).toEqual([
    [30, 180, 'UP'],
    [180, 360, 'DOWN'],
    [360, 660, 'UNKNOWN'],
    [660, 720, 'UP'],
    [720, 780, 'DEGRADED'],
    [780, 840, 'UP'],
  ])
})
