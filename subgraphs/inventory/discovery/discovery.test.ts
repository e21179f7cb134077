import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { DiscoveryJob, DiscoveryReport, FoundHost } from '#core/contract/discovery.js'
import { queues } from '#core/contract/queues.js'
import { createLog } from '#core/service/log.js'
import { openQueue, type Queue } from '#core/service/queue.js'
import { foundHost, makeRun } from '#tests/kit/discovery.js'
import { type InventoryRoom, startInventory } from '#tests/kit/inventory.js'

let room: InventoryRoom
let reports: Queue<DiscoveryReport>
const jobs: DiscoveryJob[] = []
const stack = new AsyncDisposableStack()
beforeAll(async () => {
  room = stack.use(await startInventory())
  const open = { redisUrl: room.redisUrl, log: createLog('test', 'silent') }
  reports = stack.use(openQueue(queues.discoveryReports, open))
  stack.use(openQueue(queues.discovery, open)).process(1, async (job) => void jobs.push(job))
  stack.use(await room.startPlanner({ SOTP_INVENTORY_DISCOVERY_SILENCE_SECONDS: '1' }))
})
afterAll(() => stack.disposeAsync())

const startMutation =
  'mutation ($input: DiscoveryInput!) { startDiscovery(input: $input) { id state total within } }'
const start = (input: object) => room.run(startMutation, { input: { targets: ['10.9.0.0/28'], ...input } })
const acceptMutation = `mutation ($runId: ID!, $addresses: [String!]!, $input: AcceptInput) {
  acceptDiscovered(runId: $runId, addresses: $addresses, input: $input) {
    id name address kind tags vendor serialNumber site { name } credentials { name }
    monitoring { icmp { enabled } snmp { version port } }
  } }`
const accept = (runId: string, addresses: string[], input: object = {}) =>
  room.run(acceptMutation, { runId, addresses, input })
const hostsOf = async (runId: string) => {
  const query = `query ($id: ID!) { discoveryRun(id: $id) { state foundCount error found { address cursor suggestedName
    respondsTo knownBy known { name } accepted { name } duplicateOf duplicateBy } } }`
  return (await room.run(query, { id: runId })).data.discoveryRun
}

let sequence = 0
const report = (runId: string, more: Partial<DiscoveryReport> & { found?: FoundHost[] }) =>
  reports.add(
    {
      ...{ v: 1, kind: 'discovery.report', runId, at: Date.now(), state: 'RUNNING', probed: 0, total: 14 },
      ...{ found: [], error: null },
      ...more,
    },
    { jobId: `${runId}:${sequence++}` },
  )

describe('what shall be probed', () => {
  test.each([
    [{ targets: [] }, 'name at least one network or address'],
    [{ targets: ['10.0.0.0/8'] }, '10.0.0.0/8 makes it 16777214 addresses; one run probes 65536 at most'],
    [{ targets: ['2001:db8::/64'] }, 'Name one address of it and let its neighbours name the others'],
    [
      { targets: ['10.0.0.0/24', '10.0.0.999'] },
      'input.targets.1: 10.0.0.999 is neither an address nor a network',
    ],
    [{ targets: ['10.0.0.0/33'] }, 'has a prefix length that is not 0 to 32'],
    [{ targets: ['fe80::1'] }, 'link-local'],
    [{ targets: ['224.0.0.5'] }, 'is multicast'],
    [{ exclude: ['10.9.0.0/16'] }, 'covers all targets'],
    [{ exclude: ['router-1'] }, 'input.exclude.0: router-1 is neither'],
    [{ ping: false }, 'there is nothing to ask'],
    [{ ports: [70_000] }, 'input.ports.0'],
    [{ credentialIds: [crypto.randomUUID()] }, 'no such credential'],
    [{ siteId: crypto.randomUUID() }, 'no such site'],
  ])('%j is refused: %s', async (input, message) => {
    const answer = await start(input)
    expect(answer.code).toBe('BAD_USER_INPUT')
    expect(answer.message).toContain(message)
  })
})

test('a run is a job for the collectors, and its reports are told as they come', async () => {
  const credential = await room.createCredential({ name: 'ro', kind: 'SNMP_COMMUNITY', community: 'x' })
  await room.createDevice({ name: 'seed', address: '10.77.0.1', monitoring: { snmp: {} } })
  const { data } = await start({ credentialIds: [credential], exclude: ['10.9.0.1'], includeKnown: true })
  const { id, state, total, within } = data.startDiscovery
  expect([state, total, within]).toEqual(['QUEUED', 13, ['10.9.0.0/28']])
  await expect
    .poll(() => jobs.find(({ runId }) => runId === id))
    .toMatchObject({
      targets: ['10.9.0.0/28'],
      exclude: ['10.9.0.1'],
      seeds: ['10.77.0.1'],
      credentials: [{ id: credential, kind: 'SNMP_COMMUNITY' }],
      options: { ports: [161], useNeighbors: true },
    })
  const stream = await room.subscribe(
    'subscription ($id: ID!) { discoveryProgress(runId: $id) { state probed foundCount } }',
    { id },
  )
  const told: object[] = []
  const watching = (async () => {
    for await (const { data } of stream) told.push((data as { discoveryProgress: object }).discoveryProgress)
  })()
  await expect.poll(() => told).toEqual([{ state: 'QUEUED', probed: 0, foundCount: 0 }])
  const [first, second] = [foundHost('10.9.0.2'), foundHost('10.9.0.3')]
  await report(id, { probed: 5, found: [first] })
  await expect.poll(() => told.at(-1)).toEqual({ state: 'RUNNING', probed: 5, foundCount: 1 })
  // A worker that took the run over begins anew, and tells the same host again.
  await report(id, { probed: 13, total: 13, state: 'SUCCEEDED', found: [first, second] })
  await watching
  expect(told.at(-1)).toEqual({ state: 'SUCCEEDED', probed: 13, foundCount: 2 })
  const { found } = await hostsOf(id)
  expect(found.map(({ address }: FoundHost) => address)).toEqual(['10.9.0.2', '10.9.0.3'])
  const rest = await room.run(
    `{ discoveryRun(id: "${id}") { found(after: "${found[0].cursor}") { address } } }`,
  )
  expect(rest.data.discoveryRun.found).toEqual([{ address: '10.9.0.3' }])
})

test('a run whose collector fell silent ends as failed, and one that is called off stays so', async () => {
  const { data } = await start({})
  const id = data.startDiscovery.id
  await report(id, { at: Date.now() - 60_000 })
  await expect
    .poll(() => hostsOf(id), { timeout: 20_000 })
    .toMatchObject({
      state: 'FAILED',
      error: expect.stringContaining('stopped answering'),
    })
  const other = (await start({})).data.startDiscovery.id
  const cancel = `mutation { cancelDiscovery(id: "${other}") { state finishedAt } }`
  expect((await room.run(cancel)).data.cancelDiscovery).toEqual({
    state: 'CANCELLED',
    finishedAt: expect.any(String),
  })
  await report(other, { state: 'RUNNING', found: [foundHost('10.9.0.4')] })
  await expect.poll(() => hostsOf(other)).toMatchObject({ state: 'CANCELLED', foundCount: 1 })
  expect((await room.run(cancel)).data.cancelDiscovery.state).toBe('CANCELLED')
})

describe('what is found', () => {
  test('is listed in the order in which it was, page by page', async () => {
    const addresses = Array.from({ length: 25 }, (_, n) => `10.40.0.${25 - n}`)
    const runId = await makeRun(room.sql, { hosts: addresses.map((address) => foundHost(address)) })
    const listed: string[] = []
    for (let after: string | undefined = '0'; after !== undefined; ) {
      const query: string = `{ discoveryRun(id: "${runId}") { found(first: 10, after: "${after}") { address cursor } } }`
      const { found }: { found: (FoundHost & { cursor: string })[] } = (await room.run(query)).data
        .discoveryRun
      listed.push(...found.map(({ address }) => address))
      after = found.at(-1)?.cursor
    }
    expect(listed).toEqual(addresses)
  })

  test('is recognised by address, serial number, chassis and name, unless other signs say no', async () => {
    await room.createDevice({ name: 'by-address', address: '10.20.0.1' })
    await room.createDevice({ name: 'By-Name', address: '10.20.0.2' })
    const serial = await room.createDevice({ name: 'by-serial', address: '10.20.0.3' })
    await room.sql.query(`UPDATE device SET serial_number = 'SN-1', sys_name = 'core' WHERE id = $1`, [
      serial,
    ])
    const runId = await makeRun(room.sql, {
      hosts: [
        foundHost('10.20.0.1', { serialNumber: 'other' }),
        foundHost('10.20.1.2', { sysName: 'by-name' }),
        foundHost('10.20.1.3', { serialNumber: 'sn-1', sysName: 'renamed' }),
        foundHost('10.20.1.4', { sysName: 'core', serialNumber: 'SN-2' }),
        foundHost('10.20.1.5', { addresses: ['10.20.0.2'] }),
        foundHost('10.20.1.6', { sysName: 'localhost' }),
        foundHost('10.20.1.7', { chassisId: 'MAC 00:00:00:00:00:07' }),
      ],
    })
    expect((await accept(runId, ['10.20.1.7'])).code).toBeUndefined()
    const again = await makeRun(room.sql, {
      hosts: [foundHost('10.20.2.7', { chassisId: 'MAC 00:00:00:00:00:07' })],
    })
    const known = async (id: string) =>
      Object.fromEntries(
        (await hostsOf(id)).found.map(
          (host: { address: string; knownBy: string; known: { name: string } | null }) => [
            host.address,
            host.known && [host.known.name, host.knownBy],
          ],
        ),
      )
    expect(await known(runId)).toEqual({
      '10.20.0.1': ['by-address', 'ADDRESS'],
      '10.20.1.2': ['By-Name', 'SYS_NAME'],
      '10.20.1.3': ['by-serial', 'SERIAL'],
      '10.20.1.4': null,
      '10.20.1.5': ['By-Name', 'ADDRESS'],
      '10.20.1.6': null,
      '10.20.1.7': ['10.20.1.7', 'ADDRESS'],
    })
    expect(await known(again)).toEqual({ '10.20.2.7': ['10.20.1.7', 'CHASSIS_ID'] })
  })

  test('becomes devices that are polled as it answered, all or none', async () => {
    const siteId = await room.createSite({ name: 'branch' })
    const credentialId = await room.createCredential({
      name: 'branch-ro',
      kind: 'SNMP_COMMUNITY',
      community: 'x',
    })
    const snmp = { version: 'V1', port: 1161, credentialId } as const
    const runId = await makeRun(room.sql, {
      siteId,
      hosts: [
        foundHost('10.30.0.1', {
          sysName: 'sw-1',
          snmp,
          kind: 'SWITCH',
          vendor: 'Cisco',
          serialNumber: 'S1',
        }),
        foundHost('10.30.0.2', { rttMs: null, snmp, sysName: 'twin' }),
        foundHost('10.30.0.3'),
        foundHost('10.30.0.4', { duplicateOf: '10.30.0.1', duplicateBy: 'SERIAL', sysName: 'sw-1' }),
      ],
    })
    const refused = async (addresses: string[], input: object, code: string, message: string) => {
      const answer = await accept(runId, addresses, input)
      expect([answer.code, answer.message]).toEqual([code, expect.stringContaining(message)])
    }
    await refused(
      ['10.30.0.1', '10.30.9.9'],
      {},
      'BAD_USER_INPUT',
      'addresses.1: this run has found nothing at 10.30.9.9',
    )
    await refused(['10.30.0.4'], {}, 'CONFLICT', 'the same as 10.30.0.1: both have the serial number')
    const twice = { named: [{ address: '10.30.0.3', name: 'SW-1' }] }
    await refused(['10.30.0.1', '10.30.0.3'], twice, 'NAME_CONFLICT', 'Two of them')
    const input = { tags: ['new'], named: [{ address: '10.30.0.3', name: 'printer', kind: 'PRINTER' }] }
    const { data } = await accept(runId, ['10.30.0.1', '10.30.0.2', '10.30.0.3'], input)
    const common = { id: expect.any(String), tags: ['new'], site: { name: 'branch' } }
    const unknown = { vendor: null, serialNumber: null }
    const polled = { credentials: [{ name: 'branch-ro' }] }
    expect(data.acceptDiscovered).toEqual([
      {
        ...{ ...common, ...polled, name: 'sw-1', address: '10.30.0.1', kind: 'SWITCH', vendor: 'Cisco' },
        ...{
          serialNumber: 'S1',
          monitoring: { icmp: { enabled: true }, snmp: { version: 'V1', port: 1161 } },
        },
      },
      {
        ...{ ...common, ...polled, ...unknown, name: 'twin', address: '10.30.0.2', kind: 'OTHER' },
        monitoring: { icmp: { enabled: false }, snmp: { version: 'V1', port: 1161 } },
      },
      {
        ...{ ...common, ...unknown, name: 'printer', address: '10.30.0.3', kind: 'PRINTER', credentials: [] },
        monitoring: { icmp: { enabled: true }, snmp: null },
      },
    ])
    await refused(['10.30.0.1'], {}, 'CONFLICT', '10.30.0.1 was accepted already')
    const more = await accept(runId, ['10.30.0.4'], { allowDuplicates: true })
    expect(more.data.acceptDiscovered[0].name).toBe('sw-1 (10.30.0.4)')
    const { found } = await hostsOf(runId)
    expect(found.map(({ accepted }: { accepted: { name: string } }) => accepted.name)).toEqual([
      ...['sw-1', 'twin', 'printer', 'sw-1 (10.30.0.4)'],
    ])
  })
})
