import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { metrics } from '#core/contract/metrics.js'
import { createLog } from '#core/service/log.js'
import { createSubgraph } from '#core/service/subgraph.js'
import { openSight } from '#db/sight.js'
import type { DataSource } from '#db/source.js'
import { openStore } from '#db/store/store.js'
import { type PolledDevices, scene, startPolledDevices } from '#tests/kit/polled-devices.js'
import { batch, type IngestParts, ping } from '#tests/kit/telemetry.js'
import { requestOf, type TelemetryApi } from '#tests/kit/telemetry-api.js'

import { Interface } from '../device.js'
import { loadState } from '../state/state.resolver.js'
import { openStates } from '../state/states.js'
import { Aggregate } from './series.js'
import { InterfaceSeriesResolver, SeriesReading, SeriesResolver } from './series.resolver.js'
import { openSeriesReader } from './series.service.js'

const { minute, now, a, b, ports } = scene
let parts: IngestParts
let api: TelemetryApi
let polled: PolledDevices

beforeAll(async () => {
  polled = await startPolledDevices()
  ;({ parts, api } = polled)
})
afterAll(() => polled[Symbol.asyncDispose]())

const refused = (query: string, variables: Record<string, unknown>) =>
  api.subgraph.execute({ query, variables }, requestOf('VIEWER'))

const portOf = ({ id }: { id: string }) => Interface.of(id)

describe('series', () => {
  const from = new Date(now - 11 * minute).toISOString()
  test('of devices and interfaces, aggregates beside each other, gaps null', async () => {
    const to = new Date(now).toISOString()
    const [device, other] = await api.entities(
      'Device',
      [a, b],
      `series(metrics: ["icmp.rtt", "if.oper"], range: { from: "${from}", to: "${to}" }, step: 60, aggregate: [AVG, COUNT]) {
        metric instance unit step aggregate points { at value } }`,
    )
    const series = device?.['series'] as {
      metric: string
      instance: string
      unit: string
      points: { value: number }[]
    }[]
    expect(series.map(({ metric, instance, unit }) => [metric, instance, unit])).toEqual([
      ['icmp.rtt', null, 'ms'],
      ['icmp.rtt', null, '1'],
      ...ports.toSorted().flatMap((port) => [
        ['if.oper', port, '1'],
        ['if.oper', port, '1'],
      ]),
    ])
    expect(series[0]?.points).toHaveLength(11)
    expect(series[0]?.points.slice(0, 3)).toEqual([
      { at: from, value: null },
      { at: new Date(now - 10 * minute).toISOString(), value: 19.5 },
      { at: new Date(now - 9 * minute).toISOString(), value: 17.5 },
    ])
    expect(series[1]?.points[1]?.value).toBe(2)
    expect(other?.['series']).toHaveLength(2)
    const found = await api.entities(
      'Interface',
      ports,
      'id state { operUp inBps outBps errorsPerSecond discardsPerSecond at } series(metrics: ["if.in.bps"], range: { last: "1h" }) { step points { value } }',
    )
    expect(found[0]).toMatchObject({
      state: { operUp: true, inBps: 7, outBps: 8, errorsPerSecond: 3, discardsPerSecond: null },
      // SNMP is polled each 60 s: a shorter step would show gaps that are none.
      series: [{ step: 90 }],
    })
    expect(found[1]).toMatchObject({ state: { operUp: false, inBps: null }, series: [] })
  })

  test('the newest value and the 95th percentile of each step, too', async () => {
    const to = new Date(now - 8 * minute).toISOString()
    const [device] = await api.entities(
      'Device',
      [a],
      `series(metrics: ["icmp.rtt"], range: { from: "${from}", to: "${to}" }, step: 60, aggregate: [LAST, P95]) {
        aggregate unit points { value } }`,
    )
    // 20 and then 19 ms in the first minute, 18 and then 17 in the next.
    expect(device?.['series']).toEqual([
      { aggregate: 'LAST', unit: 'ms', points: [{ value: null }, { value: 19 }, { value: 17 }] },
      { aggregate: 'P95', unit: 'ms', points: [{ value: null }, { value: 19.95 }, { value: 17.95 }] },
    ])
  })

  /** The source of the tests, counting statements, and what reads through it. */
  function counted() {
    const asked = { statements: 0 }
    const source: DataSource = Object.create(parts.source, {
      query: {
        value: (...args: Parameters<DataSource['query']>) => {
          asked.statements++
          return parts.source.query(...args)
        },
      },
    })
    const retention = { rawDays: 14, fiveMinuteDays: 90, hourDays: 730 }
    return {
      asked,
      reader: openSeriesReader(source, openStore({ source, retention })),
      states: openStates(source),
      sight: openSight({
        source,
        permission: 'telemetry.read',
        interfaceTable: 'interface_state',
        sensorTable: 'sensor_state',
      }),
    }
  }

  test('1,000 devices asked alike are two statements, their states one', async () => {
    const { asked, reader, states, sight } = counted()
    const request = requestOf('VIEWER')
    const ids = [a, b, ...Array.from({ length: 998 }, () => crypto.randomUUID())]
    const args = {
      metrics: ['icmp.rtt', 'icmp.loss'],
      range: { last: '6h' },
      step: null,
      maxPoints: 500,
      aggregate: [Aggregate.AVG],
    }
    const found = await Promise.all(ids.map((id) => reader.of('device', request, id, args)))
    expect(found.flat()).toHaveLength(4)
    expect(asked.statements).toBe(2)
    await Promise.all(ids.map((id) => loadState({ states, sight }, request, id)))
    expect(asked.statements).toBe(3)
  })

  test('50 interfaces in one call of the gateway are two statements', async () => {
    const { asked, reader, sight } = counted()
    const reading = new SeriesReading(reader, sight)
    const subgraph = createSubgraph({
      name: 'telemetry',
      resolvers: [new SeriesResolver(reading), new InterfaceSeriesResolver(reading)],
      references: { Interface: portOf },
      log: createLog('test', 'silent'),
    })
    const ids = [...ports, ...Array.from({ length: 50 - ports.length }, () => crypto.randomUUID())]
    const { data, errors } = await subgraph.execute(
      {
        query: `query ($of: [_Any!]!) { _entities(representations: $of) {
          ... on Interface { series(metrics: ["if.in.bps"], range: { last: "1h" }) { points { at value } } } } }`,
        variables: { of: ids.map((id) => ({ __typename: 'Interface', id })) },
      },
      requestOf('VIEWER'),
    )
    expect(errors).toBeUndefined()
    const found = data?.['_entities'] as { series: { points: unknown[] }[] }[]
    expect(found[0]?.series[0]?.points.length).toBeGreaterThan(30)
    expect(found).toHaveLength(50)
    expect(asked.statements).toBe(2)
  })

  test.each([
    ['series(metrics: ["icmp.nope"], range: { last: "1h" }) { step }', 'metrics'],
    ['series(metrics: [], range: { last: "1h" }) { step }', 'metrics'],
    ['series(metrics: ["icmp.rtt"], range: { last: "1 hour" }) { step }', 'range.last'],
    ['series(metrics: ["icmp.rtt"], range: {}) { step }', 'range'],
    ['series(metrics: ["icmp.rtt"], range: { last: "1h" }, maxPoints: 1) { step }', 'maxPoints'],
    ['series(metrics: ["icmp.rtt"], range: { last: "30d" }, step: 1) { step }', 'step'],
    ['series(metrics: ["icmp.rtt"], range: { last: "1h" }, step: 0) { step }', 'step'],
    ['series(metrics: ["icmp.rtt"], range: { last: "1h" }, aggregate: []) { step }', 'aggregate'],
    ['availability(range: { to: "2026-01-01T00:00:00Z" }) { ratio }', 'range.from'],
  ])('%s names %s', async (field, name) => {
    const { errors } = await refused(
      `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Device { ${field} } } }`,
      { of: [{ __typename: 'Device', id: a }] },
    )
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: name })
  })

  test('a device metric is nothing to ask an interface for', async () => {
    const { errors } = await refused(
      `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Interface { series(metrics: ["icmp.rtt"], range: { last: "1h" }) { step } } } }`,
      { of: [{ __typename: 'Interface', id: ports[0] }] },
    )
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'metrics' })
  })

  test('the catalogue lists every metric', async () => {
    const { metricCatalog } = await api.data<{ metricCatalog: unknown[] }>(
      '{ metricCatalog { name unit kind scope description } }',
    )
    expect(metricCatalog).toHaveLength(Object.keys(metrics).length)
  })

  test('samples arrive as they are stored, only those asked for', async () => {
    const stream = await api.subgraph.subscribe(
      {
        query: `subscription ($id: ID!) { samples(deviceId: $id, metrics: ["icmp.rtt", "device.up"]) { deviceId cursor samples { metric instance at value } } }`,
        variables: { id: a },
      },
      requestOf('VIEWER'),
    )
    if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream))
    const next = stream.next()
    await parts.process(batch('icmp', [ping(b, now + 1000), ping(a, now + 1000, 42)]))
    const value = JSON.parse(JSON.stringify((await next).value))
    const at = new Date(now + 1000).toISOString()
    expect(value.data.samples).toMatchObject({
      deviceId: a,
      samples: [
        { metric: 'icmp.rtt', instance: null, at, value: 42 },
        { metric: 'device.up', instance: null, at, value: 1 },
      ],
    })
    await stream.return(undefined)
  })
})
