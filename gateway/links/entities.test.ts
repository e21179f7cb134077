import { describe, expect, test } from 'vitest'

import type { Identity } from '#core/contract/identity.js'
import { emptyCookieJar } from '#core/service/request.js'
import type { SubgraphRequest } from '#core/service/subgraph.js'

import { joinEntities } from './entities.js'
import type { ClientContext, SubgraphLink, SubgraphResult } from './link.js'

const who: Identity = {
  kind: 'USER',
  userId: crypto.randomUUID(),
  sessionId: crypto.randomUUID(),
  email: 'a@b.c',
  name: 'a',
  grants: [{ role: 'VIEWER', siteIds: null }],
  scopes: null,
  expiresAt: 0,
}
const client = (identity: Identity | null = who): ClientContext => ({
  identity,
  requestId: 'r',
  ip: null,
  userAgent: null,
  cookies: emptyCookieJar,
  liveUrl: '',
})
const query =
  'query Q__x__0($representations:[_Any!]!){_entities(representations:$representations){...on D{n{v}}}}'

/** A subgraph that answers each representation with its id; `bad` fails, `all` fails as a whole. */
function recorded() {
  const calls: SubgraphRequest[] = []
  const link: SubgraphLink = {
    name: 'x',
    async execute(request): Promise<SubgraphResult> {
      calls.push(request)
      const ids =
        (request.variables?.['representations'] as { id: string }[] | undefined)?.map(({ id }) => id) ?? []
      if (ids.includes('all')) return { data: null, errors: [{ message: 'all failed' }] }
      const errors = ids.flatMap((id, place) =>
        id === 'bad' ? [{ message: 'bad', path: ['_entities', place, 'n'] }] : [],
      )
      return { data: { _entities: ids.map((id) => (id === 'bad' ? null : { n: { v: id } })) }, errors }
    },
    subscribe: async () => ({ data: null }),
    async [Symbol.asyncDispose]() {},
  }
  const joined = joinEntities(link)
  const ask = (ids: string[], options: { query?: string; extra?: object; identity?: Identity | null } = {}) =>
    joined.execute(
      {
        query: options.query ?? query,
        variables: { ...options.extra, representations: ids.map((id) => ({ __typename: 'D', id })) },
      },
      client(options.identity === undefined ? who : options.identity),
    )
  return { calls, joined, ask }
}
const values = (result: SubgraphResult) =>
  (result.data?.['_entities'] as ({ n: { v: string } } | null)[] | undefined)?.map((entity) => entity?.n.v)

describe('entity calls', () => {
  test('of one tick become one, whatever their operations are called, each entity once', async () => {
    const { calls, ask } = recorded()
    const other = query.replace('Q__x__0', 'Other__x__3')
    const [a, b, c] = await Promise.all([ask(['1', '2', '1']), ask(['2', '3'], { query: other }), ask(['3'])])
    expect(calls.length).toBe(1)
    expect(calls[0]?.query).toMatch(/^query\(\$rep/)
    expect(calls[0]?.variables?.['representations']).toHaveLength(3)
    expect([values(a), values(b), values(c)]).toEqual([['1', '2', '1'], ['2', '3'], ['3']])
  })

  test('give everyone an answer that nobody else writes into', async () => {
    const { ask } = recorded()
    const [a, b] = await Promise.all([ask(['1', '1']), ask(['1'])])
    const [first, second] = (a.data?.['_entities'] ?? []) as { n: { v: string } }[]
    if (first) first.n.v = 'changed'
    expect(second?.n.v).toBe('1')
    expect(values(b)).toEqual(['1'])
  })

  test('take errors back to whoever asked for the entity, at its place there', async () => {
    const { ask } = recorded()
    const [a, b] = await Promise.all([ask(['1']), ask(['2', 'bad'])])
    expect(a.errors).toBeUndefined()
    expect(b.errors).toEqual([{ message: 'bad', path: ['_entities', 1, 'n'] }])
    const [c, d] = await Promise.all([ask(['3']), ask(['all'])])
    for (const result of [c, d]) expect(result).toEqual({ data: null, errors: [{ message: 'all failed' }] })
  })

  test('stay apart across users, roles, other variables and ticks', async () => {
    const { calls, ask } = recorded()
    await Promise.all([
      ask(['1']),
      ask(['1'], { identity: null }),
      ask(['1'], { identity: { ...who, grants: [{ role: 'ADMIN', siteIds: null }] } }),
      ask(['1'], { identity: { ...who, userId: crypto.randomUUID() } }),
      ask(['1'], { extra: { first: 1 } }),
    ])
    expect(calls.length).toBe(5)
    await ask(['1'])
    expect(calls.length).toBe(6)
  })

  test('are cut where one would grow too large', async () => {
    const { calls, ask } = recorded()
    const answers = await Promise.all(Array.from({ length: 1200 }, (_, n) => ask([String(n)])))
    expect(calls.length).toBe(3)
    expect(answers.map((answer) => values(answer)?.[0])).toEqual(
      Array.from({ length: 1200 }, (_, n) => String(n)),
    )
  })

  test('are the only ones touched', async () => {
    const { calls, joined } = recorded()
    await joined.execute({ query: 'query Q { a }', operationName: 'Q' }, client())
    expect(calls).toEqual([{ query: 'query Q { a }', operationName: 'Q' }])
  })
})
