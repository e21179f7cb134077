import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { registry } from '#core/service/metrics.js'

import { type AskOptions, startTestGateway, type TestGateway } from '../../tests/kit/gateway.js'
import { smallGraph } from '../../tests/kit/small-graph.js'

let gateway: TestGateway
const { state, ...graph } = smallGraph()
beforeAll(async () => {
  // However slow the machine is, what comes while the first is held is in time.
  gateway = await startTestGateway({ ...graph, state }, { env: { SOTP_GATEWAY_SHARE_MS: '10000' } })
})
afterAll(() => gateway[Symbol.asyncDispose]())
beforeEach(() => {
  state.loads.length = 0
  state.contexts.length = 0
})

/** Requests that are under way together: the subgraph answers none of them before `joined` of them share another's work. */
async function together<Answers>(joined: number, asked: Promise<Answers>[]): Promise<Answers[]> {
  const held = Promise.withResolvers<void>()
  state.held = held.promise
  const before = await joins()
  const answers = Promise.all(asked)
  await expect.poll(joins).toBe(before + joined)
  held.resolve()
  return answers
}

/** How often work was shared, as /metrics tells it. */
async function joins(): Promise<number> {
  const values = await Promise.all(
    ['sotp_gateway_shared_operations_total', 'sotp_gateway_shared_calls_total'].map(
      async (name) => (await registry.getSingleMetric(name)?.get())?.values ?? [],
    ),
  )
  return values
    .flat()
    .filter(({ labels }) => labels['shared'] !== 'run')
    .reduce((sum, { value }) => sum + value, 0)
}

const site = crypto.randomUUID()
const devices = 'query Devices($ids: [ID!]!) { devices(ids: $ids) { id name } }'
const ids = ['1', '2']
const answer = { data: { devices: ids.map((id) => ({ id, name: `name of ${id}` })) } }
const ask = (options: AskOptions = {}, query = devices) =>
  gateway.ask(query, { variables: { ids }, ...options })
const userIds = () => state.contexts.map(({ identity }) => identity?.userId)

describe('identical queries at the same time', () => {
  test('run once for all who may see the same, in nobody’s name', async () => {
    const tokens = await Promise.all([gateway.token(), gateway.token(), gateway.token()])
    const answers = await together(
      2,
      tokens.map((token, n) => ask({ token, headers: { 'x-request-id': `request-${n}` } })),
    )
    for (const [n, { status, body, headers }] of answers.entries()) {
      expect([status, body]).toEqual([200, answer])
      expect(headers.get('x-request-id')).toBe(`request-${n}`)
    }
    expect(state.contexts).toHaveLength(1)
    expect(state.contexts[0]?.identity).toMatchObject({ kind: 'VIEW', name: '', email: '' })
  })

  test('are told apart by where their rights hold', async () => {
    const [here, there] = [site, crypto.randomUUID()].map((id) => [
      { role: 'VIEWER' as const, siteIds: [id] },
    ])
    const tokens = [
      await gateway.token({ grants: here ?? [] }),
      await gateway.token({ grants: there ?? [] }),
      await gateway.token({ grants: here ?? [] }),
    ]
    const answers = await together(
      1,
      tokens.map((token) => ask({ token })),
    )
    for (const { body } of answers) expect(body).toEqual(answer)
    const sites = state.contexts.map(({ identity }) => identity?.grants[0]?.siteIds)
    expect(sites).toHaveLength(2)
    expect(sites).toContainEqual([site])
    expect(sites).toContainEqual(there?.[0]?.siteIds)
  })

  test('are never shared where the answer is personal', async () => {
    const [mine, other] = [crypto.randomUUID(), crypto.randomUUID()]
    const tokens = await Promise.all([mine, other].map((userId) => gateway.token({ userId })))
    const query = 'query Mine($ids: [ID!]!) { viewer { email } devices(ids: $ids) { id } }'
    const answers = await Promise.all(tokens.map((token) => ask({ token }, query)))
    for (const { body } of answers) expect(body.data).toMatchObject({ viewer: { email: 'a@b.c' } })
    expect(new Set(userIds())).toEqual(new Set([mine, other]))
  })

  test('differ by their variables, whatever the order these come in', async () => {
    const token = await gateway.token()
    const query = 'query Two($ids: [ID!]!, $id: ID!) { devices(ids: $ids) { id } device(id: $id) { id } }'
    await together(1, [
      ask({ token, variables: { ids, id: '1' } }, query),
      ask({ token, variables: { id: '1', ids } }, query),
    ])
    expect(state.contexts).toHaveLength(1)
    await Promise.all([ask({ token, variables: { ids: ['1'] } }), ask({ token, variables: { ids: ['2'] } })])
    expect(state.contexts).toHaveLength(3)
  })

  test('go on when whoever asked first leaves', async () => {
    const token = await gateway.token()
    const leave = new AbortController()
    const held = Promise.withResolvers<void>()
    state.held = held.promise
    const left = fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: devices, variables: { ids } }),
      signal: leave.signal,
    })
    const gone = expect(left).rejects.toThrow()
    await expect.poll(() => state.contexts.length).toBe(1)
    const before = await joins()
    const stays = ask({ token })
    await expect.poll(joins).toBe(before + 1)
    leave.abort()
    await gone
    held.resolve()
    expect((await stays).body).toEqual(answer)
  })

  test('do not hide what was written meanwhile', async () => {
    const token = await gateway.token()
    const held = Promise.withResolvers<void>()
    state.held = held.promise
    const before = ask({ token })
    await expect.poll(() => state.contexts.length).toBe(1)
    await gateway.ask('mutation { importDevices(csv: "a") }', { token })
    const after = ask({ token })
    await expect.poll(() => state.contexts.length).toBe(2)
    held.resolve()
    await Promise.all([before, after])
  })

  test('tell each the request id by which the log explains a failure', async () => {
    const query = '{ devices(ids: ["1"]) { id } device(id: "bug") { id } }'
    const tokens = await Promise.all([gateway.token(), gateway.token()])
    const answers = await together(
      1,
      tokens.map((token, n) => ask({ token, headers: { 'x-request-id': `failing-${n}` } }, query)),
    )
    expect(state.contexts).toHaveLength(1)
    expect(answers.map(({ body }) => body.errors?.[0]?.extensions['requestId'])).toEqual([
      'failing-0',
      'failing-1',
    ])
  })
})

describe('calls to a subgraph', () => {
  test('for entities in several places of a named query become one (federation #372)', async () => {
    const { body } = await ask(
      { token: await gateway.token(), variables: {} },
      'query Named { a: down(ids: ["1", "2"]) { name } b: down(ids: ["2", "3"]) { name } c: down(ids: ["1"]) { name } }',
    )
    expect(state.loads).toEqual([['1', '2', '3']])
    expect(body.data).toEqual({
      a: [{ name: 'name of 1' }, { name: 'name of 2' }],
      b: [{ name: 'name of 2' }, { name: 'name of 3' }],
      c: [{ name: 'name of 1' }],
    })
  })

  test('that different queries have in common run once', async () => {
    const [token, other] = [await gateway.token(), await gateway.token()]
    const query = (name: string, more: string) =>
      `query ${name}($ids: [ID!]!) { devices(ids: $ids) { id name } ${more} }`
    const answers = await together(2, [
      ask({ token }, query('A', '')),
      ask({ token }, query('B', 'down(ids: []) { id }')),
      ask({ token: other }, query('C', 'x: down(ids: []) { id }')),
    ])
    for (const { body } of answers) expect(body.data).toMatchObject(answer.data)
    expect(state.contexts).toHaveLength(1)
  })

  test('of two people are never shared where these are asked as persons', async () => {
    const tokens = await Promise.all([gateway.token(), gateway.token()])
    const query = 'query($ids: [ID!]!) { viewer { email } down(ids: $ids) { name } }'
    await Promise.all(tokens.map((token) => ask({ token }, query)))
    expect(state.loads).toEqual([ids, ids])
  })
})
