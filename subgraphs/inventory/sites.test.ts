import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { someone } from '#tests/kit/identity.js'
import { ask, entityQuestions, type Question, questions, rootFields, told } from '#tests/kit/scoping.js'
import { startTwoSites, type TwoSites } from '#tests/kit/two-sites.js'

/** Somebody may see one of two sites: nothing of the other may ever reach them. */
const may = ['device.read', 'viewer.read', 'discovery.run']
let scene: TwoSites
let room: TwoSites['room']
let id: TwoSites['id']
beforeAll(async () => {
  scene = await startTwoSites()
  room = scene.room
  id = scene.id
})
afterAll(() => room[Symbol.asyncDispose]())

const all = (): Question[] => [
  ...questions(
    room.subgraph,
    {
      devices: [
        '',
        `(filter: { siteIds: ["${id.other}"] })`,
        `(filter: { search: "core" })`,
        '(orderBy: { field: SITE })',
      ],
      device: [
        ...[id.myDevice, id.otherDevice, id.noDevice].map((one) => `(id: "${one}")`),
        ...['mine-core', 'other-core', 'nowhere-core'].map((name) => `(name: "${name}")`),
        '(address: "10.2.0.1")',
      ],
      interface: [`(id: "${id.myPort}")`, `(id: "${id.otherPort}")`],
      sensor: [`(id: "${id.mySensor}")`, `(id: "${id.otherSensor}")`],
      sites: [''],
      site: [`(id: "${id.mine}")`, `(id: "${id.other}")`],
      credentials: [''],
      topology: ['', `(siteId: "${id.mine}")`, `(siteId: "${id.other}")`],
      discoveryRuns: [''],
      discoveryRun: [`(id: "${id.myRun}")`, `(id: "${id.otherRun}")`, `(id: "${id.noRun}")`],
    },
    { may },
  ),
  ...entityQuestions(
    room.subgraph,
    {
      Device: [{ id: id.myDevice }, { id: id.otherDevice }, { id: id.noDevice }],
      Interface: [{ id: id.myPort }, { id: id.otherPort }],
      Sensor: [{ id: id.mySensor }, { id: id.otherSensor }],
      Site: [{ id: id.mine }, { id: id.other }],
      Credential: [{ id: id.credential }],
      Link: [{ id: id.myLink }, { id: id.otherLink }, { id: id.crossLink }],
      DiscoveryRun: [{ id: id.myRun }, { id: id.otherRun }, { id: id.noRun }],
    },
    { may },
  ),
]

test('no field and no entity tells anything of another site, nor changes with it', async () => {
  const before = new Map<string, string>()
  for (const question of all()) {
    const answer = await told(room.subgraph, question, scene.operator())
    before.set(question.name, answer)
    if (!question.name.includes(id.other))
      for (const mark of scene.strange) expect(answer, question.name).not.toContain(mark)
  }
  expect(before.get('_entities(Device)')).toContain('mine-core')
  expect(JSON.parse(before.get('Query.devices') ?? '').data.devices.totalCount).toBe(1)
  expect(before.get('Query.discoveryRuns')).toContain('10.1.0.50')
  await room.run('mutation ($input: UpdateDeviceInput!) { updateDevice(input: $input) { id } }', {
    input: { id: id.otherDevice, tags: ['changed'] },
  })
  const more = await room.createDevice({ name: 'other-edge', address: '10.2.0.2', siteId: id.other })
  for (const question of all()) {
    expect(await told(room.subgraph, question, scene.operator()), question.name).toBe(
      before.get(question.name),
    )
  }
  await room.run(`mutation { deleteDevice(id: "${more}") { id } }`)
}, 60_000)

test('a link is there for those who may see both its ends', async () => {
  const query = `{ topology { nodes { totalCount } links { totalCount nodes { id from { device { name } } to { stranger { name } } } } }
    device(id: "${id.myDevice}") { neighbors { id } parents { name } } }`
  const { data, errors } = await ask(room.subgraph, { query }, scene.viewer())
  expect(errors).toBeUndefined()
  expect(data).toEqual({
    topology: {
      nodes: { totalCount: 1 },
      links: {
        totalCount: 1,
        nodes: [
          {
            id: id.myLink,
            from: { device: { name: 'mine-core' } },
            to: { stranger: { name: 'mine-phone' } },
          },
        ],
      },
    },
    device: { neighbors: [{ id: id.myLink }], parents: [] },
  })
  const everything = await room.run(query)
  expect(everything.data.topology.links.totalCount).toBe(3)
  expect(everything.data.device.parents).toEqual([{ name: 'other-core' }])
})

test('what is another site’s is missing, not forbidden, and its pages are whole', async () => {
  const { data, errors } = await ask(
    room.subgraph,
    {
      query: `{ device(id: "${id.otherDevice}") { id } interface(id: "${id.otherPort}") { id } sensor(id: "${id.otherSensor}") { id } site(id: "${id.other}") { id }
        devices { nodes { name interfaces { totalCount nodes { id } } sensors { totalCount nodes { id } } } } sites { devices { totalCount } } }`,
    },
    scene.viewer(),
  )
  expect(errors).toBeUndefined()
  expect(data).toEqual({
    device: null,
    interface: null,
    sensor: null,
    site: null,
    devices: {
      nodes: [
        {
          name: 'mine-core',
          interfaces: { totalCount: 1, nodes: [{ id: id.myPort }] },
          sensors: { totalCount: 1, nodes: [{ id: id.mySensor }] },
        },
      ],
    },
    sites: [{ devices: { totalCount: 1 } }],
  })
})

describe('deviceChanged', () => {
  const query = `subscription ($after: String) { deviceChanged(after: $after) {
    kind cursor device { id name status tags site { id } interfaces { nodes { id } } } } }`
  type Change = {
    kind: string
    cursor: string
    device: { id: string; name: string; tags: string[]; site: unknown }
  }
  const open = async (after?: string) => {
    const stream = await room.subgraph.subscribe({ query, variables: { after } }, scene.viewer())
    if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream))
    const next = async () => {
      const { value } = (await stream.next()) as { value: { data: { deviceChanged: Change } } }
      return value.data.deviceChanged
    }
    /** What changed elsewhere before may be told as it is now, when it is back. */
    const comes = async () => {
      let change = await next()
      while (change.kind === 'UPDATED') change = await next()
      expect(change.kind).toBe('CREATED')
      return change
    }
    return { next, comes, end: () => stream.return(undefined) }
  }
  const move = async (siteId: string | null, more: object = {}) => {
    const { code } = await room.run(
      'mutation ($input: UpdateDeviceInput!) { updateDevice(input: $input) { id } }',
      {
        input: { id: id.myDevice, siteId, ...more },
      },
    )
    expect(code).toBeUndefined()
  }
  const touch = (deviceId: string, tag: string) =>
    room.run('mutation ($input: UpdateDeviceInput!) { updateDevice(input: $input) { id } }', {
      input: { id: deviceId, tags: [tag] },
    })

  test('is one of three subscriptions', () => {
    expect(rootFields(room.subgraph, 'Subscription')).toEqual([
      'deviceChanged',
      'discoveryProgress',
      'topologyChanged',
    ])
  })
  test('tells of one’s own site alone; who leaves it is deleted, who comes is created; so after a resume', async () => {
    const live = await open()
    await touch(id.otherDevice, 't1')
    await touch(id.noDevice, 't1')
    await touch(id.myDevice, 't1')
    const first = await live.next()
    expect(first).toMatchObject({ kind: 'UPDATED', device: { id: id.myDevice, tags: ['t1'] } })
    await move(id.other, { tags: ['secret'] })
    const left = await live.next()
    expect(left).toMatchObject({
      kind: 'DELETED',
      device: { id: id.myDevice, name: 'mine-core', status: 'DELETED', tags: [], site: { id: id.mine } },
    })
    expect(JSON.stringify(left)).not.toContain(id.other)
    await touch(id.myDevice, 't2')
    await move(null)
    await move(id.mine)
    expect(await live.comes()).toMatchObject({
      device: { id: id.myDevice, site: { id: id.mine } },
    })
    await live.end()

    await move(id.other)
    await touch(id.otherDevice, 't3')
    await touch(id.myDevice, 't3')
    const resumed = await open(first.cursor)
    const kinds = [await resumed.next(), await resumed.next()].map(({ kind, device }) => [kind, device.id])
    // It is told as it is now: it has left, whatever happened between.
    expect(kinds).toEqual([
      ['DELETED', id.myDevice],
      ['DELETED', id.myDevice],
    ])
    await move(id.mine)
    expect((await resumed.comes()).device.id).toBe(id.myDevice)
    await resumed.end()
  })
  test('is refused to whoever sees devices nowhere', async () => {
    const nobody = { ...scene.viewer(), identity: someone({ grants: [] }) }
    const answer = await room.subgraph.subscribe({ query }, nobody)
    expect(answer).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
  })
})

test('topologyChanged tells of links between devices of one’s own site alone', async () => {
  const more = await room.createDevice({ name: 'mine-edge', address: '10.1.0.2', siteId: id.mine })
  const query =
    'subscription { topologyChanged { kind linkId link { from { device { name } } to { device { name } } } } }'
  const stream = await room.subgraph.subscribe({ query }, scene.viewer())
  if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream))
  const link = async (toDeviceId: string) => {
    const input = { fromDeviceId: id.myDevice, toDeviceId }
    const { data, message } = await room.run(
      'mutation ($input: CreateLinkInput!) { createLink(input: $input) { id } }',
      { input },
    )
    if (!data) throw new Error(message)
    return data.createLink.id as string
  }
  const next = async () => {
    const { value } = (await stream.next()) as { value: { data: { topologyChanged: object } } }
    return value.data.topologyChanged
  }
  await link(id.noDevice)
  const own = await link(more)
  const change = await next()
  expect(change).toMatchObject({ kind: 'CREATED', linkId: own })
  expect(JSON.stringify(change)).toContain('mine-edge')
  await room.run(`mutation { deleteLink(id: "${own}") { id } }`)
  expect(await next()).toEqual({ kind: 'DELETED', linkId: own, link: null })
  await stream.return?.(undefined)
})

test('discoveryProgress follows the runs of one’s own site alone', async () => {
  const follow = async (runId: string, who = scene.operator()) => {
    const query = `subscription { discoveryProgress(runId: "${runId}") { id state } }`
    const stream = await room.subgraph.subscribe({ query }, who)
    if (!(Symbol.asyncIterator in stream)) return stream.errors?.[0]?.extensions['code']
    const { value } = await stream.next()
    await stream.return(undefined)
    return value?.data
  }
  expect(await follow(id.myRun)).toEqual({ discoveryProgress: { id: id.myRun, state: 'SUCCEEDED' } })
  expect(await follow(id.otherRun)).toBe('NOT_FOUND')
  expect(await follow(id.noRun)).toBe('NOT_FOUND')
  expect(await follow(id.myRun, scene.viewer())).toBe('FORBIDDEN')
})
