import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createLog } from '#core/service/log.js'
import { startOutboxRelay } from '#db/outbox.js'

import {
  ask,
  entityQuestions,
  holding,
  type Question,
  questions,
  rootFields,
  told,
} from '#tests/kit/scoping.js'
import { batch, type IngestParts, miss, openIngestParts, ping } from '#tests/kit/telemetry.js'
import { startTelemetryApi, type TelemetryApi } from '#tests/kit/telemetry-api.js'
import { trapBatchOf, trapRow } from '#tests/kit/trap-rows.js'
import { storeTraps } from './trap/store-traps.js'

/** Somebody may see one of two sites: no state, figure or event of the other may ever reach them. */
const now = Math.floor(Date.now() / 60_000) * 60_000
const [mine, other] = [crypto.randomUUID(), crypto.randomUUID()]
const id = { my: crypto.randomUUID(), other: crypto.randomUUID(), none: crypto.randomUUID() }
const port = { my: crypto.randomUUID(), other: crypto.randomUUID() }
const sensor = { my: crypto.randomUUID(), other: crypto.randomUUID() }
const viewer = () => holding({ role: 'VIEWER', siteIds: [mine] })
const trap = { my: crypto.randomUUID(), other: crypto.randomUUID() }
const strange = [other, id.other, id.none, port.other, sensor.other, trap.other, '777']
let parts: IngestParts
let relay: AsyncDisposable
let api: TelemetryApi

type Samples = NonNullable<Parameters<typeof batch>[1][number]['samples']>
const snmp = (of: 'my' | 'other', at: number, value: number) => {
  const samples: Samples = [['if.in.bps', value, port[of]]]
  samples.push(['sensor.fan', value, sensor[of]])
  return batch('snmp', [{ id: id[of], at, samples }])
}

/** A trap of each device, and one of nobody's. */
const tellTraps = (ids: { my?: string; other?: string } = {}) =>
  storeTraps(
    parts.source,
    trapBatchOf([
      trapRow({ id: ids.other ?? crypto.randomUUID(), deviceId: id.other, summary: '777' }),
      trapRow({ deviceId: id.none, summary: '777' }),
      trapRow({ source: '127.7.7.7', summary: '777' }),
      ...(ids.my ? [trapRow({ id: ids.my, deviceId: id.my, summary: 'mine' })] : []),
    ]),
    now,
  )

beforeAll(async () => {
  parts = await openIngestParts()
  const log = createLog('test', 'silent')
  const { databaseUrl, topics } = parts
  relay = startOutboxRelay({ databaseUrl, schema: 'telemetry', topics, log })
  await parts.addDevice({ id: id.my, siteId: mine })
  await parts.addDevice({ id: id.other, siteId: other })
  await parts.addDevice({ id: id.none })
  for (const at of [now - 300_000, now - 240_000]) {
    await parts.process(batch('icmp', [ping(id.my, at, 5), ping(id.other, at, 777), ping(id.none, at, 777)]))
  }
  await parts.process(snmp('my', now - 240_000, 5))
  await parts.process(snmp('other', now - 240_000, 777))
  await tellTraps(trap)
  api = await startTelemetryApi(parts)
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await relay[Symbol.asyncDispose]()
  await parts[Symbol.asyncDispose]()
})

const range = `range: { from: "${new Date(now - 3_600_000).toISOString()}", to: "${new Date(now - 1000).toISOString()}" }`
const options = {
  may: ['telemetry.read', 'viewer.read'],
  args: {
    'Device.series': `(metrics: ["icmp.rtt", "if.in.bps"], ${range})`,
    'Interface.series': `(metrics: ["if.in.bps"], ${range})`,
    'Sensor.series': `(metrics: ["sensor.fan"], ${range})`,
    'Device.availability': `(${range})`,
  },
}
const all = (): Question[] => [
  ...questions(
    api.subgraph,
    {
      networkSummary: [''],
      pipelineHealth: [''],
      metricCatalog: [''],
      deviceStates: [
        '',
        '(filter: { reachability: [UP, DOWN, DEGRADED] })',
        `(filter: { deviceIds: ["${id.other}"] })`,
      ],
      stateChanges: ['', `(filter: { siteIds: ["${other}"] })`, '(first: 1)'],
      trap: [trap.my, trap.other].map((one) => `(id: "${one}")`),
      traps: ['', '(first: 1)', `(filter: { deviceIds: ["${id.other}"] })`, '(filter: { search: "7" })'],
    },
    options,
  ),
  ...entityQuestions(
    api.subgraph,
    {
      Device: [{ id: id.my }, { id: id.other }, { id: id.none }],
      Interface: [{ id: port.my }, { id: port.other }],
      Sensor: [{ id: sensor.my }, { id: sensor.other }],
      DeviceState: [{ device: { id: id.my } }, { device: { id: id.other } }],
    },
    options,
  ),
]
/** Ages grow while the suite runs. */
const timeless = (answer: string) => answer.replace(/"ingestLagSeconds":[\d.]+/, '"ingestLagSeconds":0')

test('no field and no entity tells anything of another site, nor changes with it', async () => {
  const before = new Map<string, string>()
  for (const question of all()) {
    const answer = timeless(await told(api.subgraph, question, viewer()))
    before.set(question.name, answer)
    if (!question.name.includes('other'))
      for (const mark of strange) expect(answer, question.name).not.toContain(mark)
  }
  expect(before.get('_entities(Device)')).toContain(id.my)
  expect(before.get('_entities(Interface)')).toContain(port.my)
  expect(before.get('_entities(Sensor)')).toContain(sensor.my)
  await parts.process(batch('icmp', [miss(id.other, now - 60_000), miss(id.other, now - 30_000)]))
  await parts.process(batch('icmp', [miss(id.other, now - 20_000)]))
  await parts.process(snmp('other', now - 180_000, 778))
  await parts.addDevice({ siteId: other })
  await tellTraps()
  for (const question of all()) {
    const answer = timeless(await told(api.subgraph, question, viewer()))
    expect(answer, question.name).toBe(before.get(question.name))
  }
  const changes =
    '{ stateChanges(first: 500) { nodes { device { id } } } networkSummary { devices down pollsPerSecond } }'
  const { data } = await ask(api.subgraph, { query: changes }, holding({ role: 'VIEWER', siteIds: null }))
  expect(JSON.stringify(data)).toContain(id.other)
  expect(data).toMatchObject({ networkSummary: { devices: 4, down: 1, pollsPerSecond: expect.any(Number) } })
})

test('what is another site’s is missing, not forbidden', async () => {
  const { data, errors } = await ask(
    api.subgraph,
    {
      query: `query ($of: [_Any!]!) { _entities(representations: $of) { __typename }
        deviceStates { device { id } } networkSummary { devices up down pollsPerSecond pollSuccessRatio } }`,
      variables: {
        of: [
          { __typename: 'Device', id: id.other },
          { __typename: 'Device', id: id.none },
          { __typename: 'Device', id: 'nonsense' },
          { __typename: 'Interface', id: port.other },
          { __typename: 'DeviceState', device: { id: id.other } },
          { __typename: 'Device', id: id.my.toUpperCase() },
        ],
      },
    },
    viewer(),
  )
  expect(errors).toBeUndefined()
  expect(data).toEqual({
    _entities: [null, null, null, null, null, { __typename: 'Device' }],
    deviceStates: [{ device: { id: id.my } }],
    networkSummary: { devices: 1, up: 1, down: 0, pollsPerSecond: null, pollSuccessRatio: null },
  })
})

test('there are no mutations, and no other subscriptions than those below', () => {
  expect(rootFields(api.subgraph, 'Mutation')).toEqual([])
  expect(rootFields(api.subgraph, 'Subscription').sort()).toEqual([
    'deviceStateChanged',
    'samples',
    'trapReceived',
  ])
})

async function open<Event>(query: string, variables: Record<string, unknown> = {}, who = viewer()) {
  const stream = await api.subgraph.subscribe({ query, variables }, who)
  if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream))
  return {
    async next(): Promise<Event> {
      const { value } = await stream.next()
      expect(value.errors).toBeUndefined()
      return Object.values(value.data)[0] as Event
    },
    end: () => stream.return(undefined),
  }
}

describe('deviceStateChanged', () => {
  interface StateEvent {
    type: string
    cursor: string
    state: { rttMs: number | null; device: { id: string; state: unknown } } | null
  }
  const query = `subscription ($after: String) { deviceStateChanged(after: $after) {
    type cursor state { reachability rttMs lastPolledAt device { id state { rttMs } } } } }`
  const brief = ({ type, state }: StateEvent) => [type, state?.device.id ?? null, state?.rttMs ?? null]
  const poll = (at: number, rtt: number) =>
    parts.process(batch('icmp', [ping(id.other, at, 777), ping(id.none, at, 777), ping(id.my, at, rtt)]))

  test('tells of one’s own site alone: snapshot, changes, who leaves and who comes', async () => {
    const live = await open<StateEvent>(query)
    expect([await live.next(), await live.next()].map(brief)).toEqual([
      ['SNAPSHOT', id.my, 5],
      ['LIVE', null, null],
    ])
    await poll(now - 15_000, 6)
    expect(brief(await live.next())).toEqual(['CHANGE', id.my, 6])
    await parts.addDevice({ id: id.my, siteId: other }, 'UPDATED')
    const left = await live.next()
    expect(left).toMatchObject({
      type: 'REMOVED',
      state: { reachability: 'UNKNOWN', rttMs: null, lastPolledAt: null, device: { id: id.my, state: null } },
    })
    await poll(now - 12_000, 7)
    await parts.addDevice({ id: id.other, siteId: mine }, 'UPDATED')
    expect(brief(await live.next())).toEqual(['CHANGE', id.other, 777])
    await parts.addDevice({ id: id.other, siteId: other }, 'UPDATED')
    expect(brief(await live.next())).toEqual(['REMOVED', id.other, null])
    await parts.addDevice({ id: id.my, siteId: mine }, 'UPDATED')
    expect(brief(await live.next())).toEqual(['CHANGE', id.my, 7])
    await live.end()
  })

  test('after a resume tells of leaving once, and of strangers nothing', async () => {
    const live = await open<StateEvent>(query)
    await live.next()
    await live.next()
    await poll(now - 9000, 8)
    const { cursor } = await live.next()
    await live.end()
    await poll(now - 8000, 9)
    await parts.addDevice({ id: id.my, siteId: null }, 'UPDATED')
    await poll(now - 7000, 10)
    await parts.addDevice({ id: id.other, siteId: other }, 'DELETED')
    await parts.addDevice({ id: id.my, siteId: mine }, 'UPDATED')
    await expect
      .poll(async () => (await parts.source.query('SELECT FROM outbox')).length, { interval: 20 })
      .toBe(0)
    const resumed = await open<StateEvent>(query, { after: cursor })
    const events = [await resumed.next(), await resumed.next(), await resumed.next()].map(brief)
    expect(events).toEqual([
      ['CHANGE', id.my, 9],
      ['REMOVED', id.my, null],
      ['CHANGE', id.my, 10],
    ])
    await resumed.end()
    await parts.addDevice({ id: id.other, siteId: other })
  })
})

describe('samples', () => {
  const query = `subscription ($deviceId: ID!) { samples(deviceId: $deviceId, metrics: ["icmp.rtt"]) { deviceId samples { value } } }`
  interface Batch {
    deviceId: string
    samples: { value: number }[]
  }
  test('of a device of another site never come, and end when one’s own leaves', async () => {
    const [own, foreign] = [
      await open<Batch>(query, { deviceId: id.my }),
      await open<Batch>(query, { deviceId: id.other }),
    ]
    const heard: Batch[] = []
    const hear = (event: Promise<Batch>) =>
      event.then(
        (known) => void heard.push(known),
        () => {},
      )
    void hear(foreign.next())
    const both = (at: number, value: number) =>
      parts.process(batch('icmp', [ping(id.other, at, 777), ping(id.my, at, value)]))
    await both(now - 6000, 1)
    expect((await own.next()).samples).toEqual([{ value: 1 }])
    await parts.addDevice({ id: id.my, siteId: other }, 'UPDATED')
    const next = own.next()
    void hear(next)
    const everywhere = await open<Batch>(
      query,
      { deviceId: id.my },
      holding({ role: 'VIEWER', siteIds: null }),
    )
    for (const [index, value] of [2, 3, 4].entries()) {
      await both(now - 5000 + index * 1000, value)
      expect((await everywhere.next()).samples).toEqual([{ value }])
    }
    expect(heard).toEqual([])
    await parts.addDevice({ id: id.my, siteId: mine }, 'UPDATED')
    await both(now - 1000, 5)
    let last = (await next).samples
    while (last[0]?.value !== 5) last = (await own.next()).samples
    expect(heard.map(({ deviceId }) => deviceId)).toEqual([id.my])
    for (const stream of [own, foreign, everywhere]) await stream.end()
  })
})
