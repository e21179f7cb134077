import { afterAll, beforeAll, expect, test } from 'vitest'

import { queues } from '#core/contract/queues.js'
import { openDiscoveryControl } from '#core/service/discovery-control.js'
import { createLog } from '#core/service/log.js'
import { openQueue } from '#core/service/queue.js'
import { openRedis } from '#core/service/redis.js'
import { openReplies } from '#core/service/replies.js'
import { shareTopic } from '#core/service/shared-topic.js'
import type { Subgraph } from '#core/service/subgraph.js'
import { openTopics } from '#core/service/topics.js'
import { openSource } from '#db/source.js'
import { chassis } from '#tests/kit/alerting.js'
import { contextOf } from '#tests/kit/inventory.js'
import { watchStatements } from '#tests/kit/statements.js'
import { freshDatabase, freshRedis } from '#tests/kit/stores.js'

import { CredentialSecrets } from './credential/credential-secrets.js'
import { createInventory, entities } from './graph.js'

const stack = new AsyncDisposableStack()
let statements: string[]
let subgraph: Subgraph
let run: (query: string, variables?: Record<string, unknown>) => ReturnType<Subgraph['execute']>
let deviceIds: string[]
/** 500 devices in 10 sites, with 4 ports and 2 credentials each. */
beforeAll(async () => {
  const log = createLog('test', 'silent')
  const [databaseUrl, redisUrl] = [await freshDatabase(), await freshRedis()]
  const source = await openSource({ url: databaseUrl, schema: 'inventory', entities })
  stack.defer(() => source.destroy())
  const redis = openRedis(redisUrl, log)
  stack.defer(() => redis.disconnect())
  const topics = stack.use(openTopics({ redisUrl, log }))
  const config = chassis(databaseUrl, redisUrl)
  subgraph = createInventory({
    source,
    topics,
    changes: stack.use(shareTopic(topics, 'device.changed', { log })),
    linkChanges: stack.use(shareTopic(topics, 'topology.changed', { log })),
    secrets: new CredentialSecrets({ config, redis, log, stack }),
    queues: {
      icmp: stack.use(openQueue(queues.pollIcmp, { redisUrl, log })),
      snmp: stack.use(openQueue(queues.pollSnmp, { redisUrl, log })),
    },
    discovery: {
      runs: stack.use(openQueue(queues.discovery, { redisUrl, log })),
      tests: stack.use(openQueue(queues.connectionTests, { redisUrl, log })),
      control: openDiscoveryControl(redis),
      replies: openReplies(redis),
      collectors: async () => {},
      progress: stack.use(shareTopic(topics, 'discovery.progress', { log })),
    },
    log,
  })
  run = (query, variables) => subgraph.execute({ query, variables }, contextOf('ADMIN'))
  for (let n = 0; n < 10; n++) await run(`mutation { createSite(input: { name: "s${n}" }) { id } }`)
  for (const name of ['one', 'two'])
    await run(
      `mutation { createCredential(input: { name: "${name}", kind: SNMP_COMMUNITY, community: "x" }) { id } }`,
    )
  const rows = Array.from({ length: 500 }, (_, n) => `d${n},10.0.${n >> 8}.${n & 255},s${n % 10},one;two`)
  await run('mutation ($csv: String!) { importDevices(csv: $csv) { created } }', {
    csv: ['name,address,site,credentials', ...rows].join('\n'),
  })
  await source.query(
    `INSERT INTO interface (id, device_id, key, if_index, name, type, admin_up, present, last_seen_at)
     SELECT gen_random_uuid(), d.id, n, n, 'ge-' || n, 6, true, true, now() FROM device d, generate_series(1, 4) n`,
  )
  await source.query(
    `INSERT INTO sensor (id, device_id, key, kind, name, measures, present, last_seen_at)
     SELECT gen_random_uuid(), d.id, n, 'FAN', 'fan ' || n, true, true, now() FROM device d, generate_series(1, 2) n`,
  )
  deviceIds = (await source.query('SELECT id FROM device')).map(({ id }: { id: string }) => id)
  statements = watchStatements(source)
})
afterAll(() => stack.disposeAsync())

/** How many statements a query took; it must not have failed. */
async function count(query: string, variables?: Record<string, unknown>): Promise<number> {
  statements.length = 0
  const { errors } = await run(query, variables)
  expect(errors).toBeUndefined()
  return statements.length
}

test('500 devices with site, ports, sensors, their numbers and credentials take ten statements', async () => {
  const query = `{ devices(first: 500) { totalCount nodes { name site { name }
    interfaces(first: 2) { totalCount nodes { name device { name } } pageInfo { hasNextPage } }
    sensors(first: 1) { totalCount nodes { name device { name } } } credentials { name usedBy } } } }`
  // The list, its number, sites, ports, sensors, their numbers, credentials, their uses; then the device of each.
  expect(await count(query)).toBe(10)
  const { data } = await run(query)
  const nodes = (data as { devices: { nodes: { interfaces: object; credentials: object[] }[] } }).devices
    .nodes
  expect(nodes).toHaveLength(500)
  for (const { interfaces, credentials } of nodes) {
    expect(interfaces).toMatchObject({ totalCount: 4, pageInfo: { hasNextPage: true } })
    expect(credentials).toMatchObject([{ name: 'one', usedBy: 500 }, { name: 'two' }])
  }
})

test('only what is asked for is read', async () => {
  expect(await count('{ devices { nodes { id } } }')).toBe(1)
  expect(await count('{ devices { totalCount } }')).toBe(1)
  expect(await count('{ devices { nodes { interfaces { totalCount } } } }')).toBe(2)
})

test('all sites with a page of devices each and their number take three statements', async () => {
  const query = '{ sites { name devices(first: 20) { totalCount nodes { name site { name } } } } }'
  expect(await count('{ sites { name devices(first: 20) { totalCount nodes { name } } } }')).toBe(3)
  expect(await count(query)).toBe(4)
})

test('500 entities of each kind take one statement', async () => {
  const query =
    'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Device { name site { name } } } }'
  const r = deviceIds.map((id) => ({ __typename: 'Device', id }))
  expect(await count(query, { r })).toBe(2)
  const { data } = await run(query, { r: [...r.slice(0, 1), { __typename: 'Device', id: 'nobody' }] })
  expect(data?.['_entities']).toEqual([{ name: expect.any(String), site: expect.anything() }, null])
  for (const [type, table] of [
    ['Interface', 'interfaces { nodes { id } }'],
    ['Sensor', 'sensors { nodes { id } }'],
    ['Site', 'site { id }'],
  ]) {
    const found = JSON.stringify((await run(`{ devices(first: 500) { nodes { own: ${table} } } }`)).data)
    const ids = [...found.matchAll(/"id":"([^"]+)"/g)].map((match) => match[1])
    const refs = ids.slice(0, 500).map((id) => ({ __typename: type, id }))
    const one = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on ${type} { name } } }`
    expect(await count(one, { r: refs })).toBe(1)
  }
})
