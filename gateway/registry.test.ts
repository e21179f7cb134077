import { createHash } from 'node:crypto'
import { Redis } from 'ioredis'
import { Ctx, Directive, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { type PublishedSupergraph, remoteKeyRef, supergraphKey } from '#core/contract/supergraph.js'
import { topDocumentsKey } from '#core/contract/usage.js'
import { Requires } from '#core/service/authorize.js'
import { compose } from '#core/service/compose.js'
import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { registry as metrics } from '#core/service/metrics.js'
import type { RequestContext } from '#core/service/request.js'
import { openSecretBox } from '#core/service/secrets.js'
import { createSubgraph } from '#core/service/subgraph.js'
import { serveSubgraph } from '#core/service/subgraph-http.js'
import { openTopics, type Topics } from '#core/service/topics.js'

import { startTestGateway, type TestGateway } from '../tests/kit/gateway.js'
import { smallGraph } from '../tests/kit/small-graph.js'

const log = createLog('test', 'silent')
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const { state, ...graph } = smallGraph()
const seen: RequestContext[] = []

@ObjectType('Device', { description: 'A device, as somebody else knows it.' })
@Directive('@key(fields: "id")')
@Requires('device.read')
class RackedDevice {
  @Field(() => ID, { description: 'Its id.' }) id!: string
}

@Resolver(() => RackedDevice)
class RackResolver {
  @FieldResolver(() => String, { description: 'Where it stands.' })
  @Requires('device.read')
  rack(@Root() { id }: RackedDevice, @Ctx() context: RequestContext): string {
    seen.push(context)
    return `rack of ${id}`
  }
}

const racks = createSubgraph({
  name: 'racks',
  resolvers: [new RackResolver()],
  references: Object.fromEntries([['Device', (reference: { id: string }) => reference]]),
  log,
})
const key = 'r'.repeat(40)
const box = openSecretBox(Buffer.alloc(32).toString('base64'))
const all = { ...graph.subgraphs, racks }
const { supergraph: joined } = compose(
  Object.fromEntries(Object.values(all).map(({ name, sdl }) => [name, sdl])),
)

const stack = new AsyncDisposableStack()
let gateway: TestGateway
let token: string
let redis: Redis
let topics: Topics
let url: string
let version = 0
beforeAll(async () => {
  const served = stack.use(
    await serveSubgraph({
      subgraph: racks,
      health: new Health(),
      port: 0,
      host: '127.0.0.1',
      internalKey: key,
      log,
    }),
  )
  url = `http://127.0.0.1:${served.port}/graphql`
  gateway = stack.use(await startTestGateway({ ...graph, state }))
  token = await gateway.token()
  redis = stack.adopt(new Redis(gateway.redisUrl), (opened) => opened.disconnect())
  topics = stack.use(openTopics({ redisUrl: gateway.redisUrl, log }))
})
afterAll(() => stack.disposeAsync())

async function publish(own: Partial<PublishedSupergraph> = {}): Promise<void> {
  const sdl = own.sdl ?? joined
  const published: PublishedSupergraph = {
    version: ++version,
    id: sha256(sdl),
    baseId: sha256(graph.supergraph),
    sdl,
    remotes: sdl === joined ? [{ name: 'racks', url, sealedKey: box.seal(remoteKeyRef('racks'), key) }] : [],
    publishedAt: new Date().toISOString(),
    ...own,
  }
  await redis.set(supergraphKey, JSON.stringify(published))
  await topics.publish('supergraph.published', {
    v: 1,
    kind: 'SUPERGRAPH_PUBLISHED',
    version,
    id: published.id,
  })
}
const query = 'query Racks { down(ids: ["1"]) { name rack } }'
const rows = { data: { down: [{ name: 'name of 1', rack: 'rack of 1' }] } }
const ask = () => gateway.ask(query, { token })
const metric = async (name: string, labels: Record<string, string> = {}) => {
  const { values = [] } = (await metrics.getSingleMetric(name)?.get()) ?? {}
  const fits = values.filter((one) =>
    Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  )
  return fits.reduce((sum, { value }) => sum + value, 0)
}
/** Until the gateway has looked at what was published last. */
const refusals = () => metric('sotp_gateway_registry_refused_total')

describe('a subgraph that joins at run time', () => {
  test('adds its fields without a restart, asked with a key of its own, and in nobody’s name', async () => {
    expect((await ask()).status).toBe(400)
    await publish()
    await expect.poll(async () => (await ask()).body).toEqual(rows)
    expect(seen[0]?.identity).toMatchObject({ kind: 'VIEW', name: '' })
    expect(seen[0]).toMatchObject({ ip: null, userAgent: null })
  })

  test('stays when what is published next is no supergraph, has another base, or cannot be unsealed', async () => {
    const sealedKey = openSecretBox(Buffer.alloc(32, 1).toString('base64')).seal(remoteKeyRef('racks'), key)
    const bad: Partial<PublishedSupergraph>[] = [
      { sdl: 'type Query { a: Int }' },
      { id: sha256('other'), remotes: [{ name: 'racks', url, sealedKey }] },
      { sdl: joined, id: sha256('third'), remotes: [], version: -1 },
    ]
    for (const one of bad) {
      const before = await refusals()
      await publish(one)
      await expect.poll(refusals).toBe(before + 1)
      expect((await ask()).body).toEqual(rows)
    }
    await publish({ baseId: sha256('a newer release'), sdl: graph.supergraph })
    await publish()
    await expect.poll(() => metric('sotp_gateway_supergraph_version')).toBe(version)
    expect((await ask()).body).toEqual(rows)
  })

  test('leaves again; a request that is under way ends on the schema it began with', async () => {
    state.slowMs = 300
    const slow = gateway.ask('{ devices(ids: ["7"]) { name rack } }', { token })
    state.contexts.length = 0
    await expect.poll(() => state.contexts.length).toBe(1)
    await publish({ sdl: graph.supergraph })
    await expect.poll(async () => (await ask()).status).toBe(400)
    expect((await slow).body).toEqual({ data: { devices: [{ name: 'name of 7', rack: 'rack of 7' }] } })
    state.slowMs = 0
  })

  test('is there from the start where it had joined before; plans are made before the swap', async () => {
    await publish()
    await expect.poll(async () => (await ask()).body).toEqual(rows)
    const popular = { hash: 'h', text: '{ down(ids: ["5"]) { rack } }', operationName: null }
    await redis.set(topDocumentsKey, JSON.stringify([popular]))
    await using other = await startTestGateway({ ...graph, state }, { redisUrl: gateway.redisUrl })
    const made = await metric('sotp_gateway_plans_total', { found: 'made' })
    const another = await other.ask(popular.text, { token: await other.token() })
    expect(another.body).toEqual({ data: { down: [{ rack: 'rack of 5' }] } })
    expect(await metric('sotp_gateway_plans_total', { found: 'made' })).toBe(made)
  })

  test('finds the plans of what this gateway is asked itself', async () => {
    token = await gateway.token()
    const own = '{ down(ids: ["6"]) { name } }'
    await gateway.ask(own, { token })
    await publish({ sdl: graph.supergraph })
    await expect.poll(async () => (await ask()).status).toBe(400)
    const made = await metric('sotp_gateway_plans_total', { found: 'made' })
    expect((await gateway.ask(own, { token })).body).toEqual({ data: { down: [{ name: 'name of 6' }] } })
    expect(await metric('sotp_gateway_plans_total', { found: 'made' })).toBe(made)
  })
})
