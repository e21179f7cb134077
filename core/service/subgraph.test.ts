import {
  Arg,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql'
import { describe, expect, test } from 'vitest'

import type { Identity } from '../contract/identity.js'
import type { Role } from '../contract/permissions.js'
import { Public, Requires } from './authorize.js'
import { SotpError } from './errors.js'
import { createLog } from './log.js'
import { batched, emptyCookieJar, type RequestContext } from './request.js'
import { endable } from './shared-topic.js'
import { createSubgraph, type SubscriptionSource } from './subgraph.js'

@ObjectType({ description: 'A thing.' })
@Directive('@key(fields: "id")')
@Requires('device.read')
class Thing {
  @Field(() => ID, { description: 'Its id.' }) id!: string
  @Field(() => String, { description: 'Its name.' }) name!: string
  @Field(() => Date, { description: 'When.' }) at!: Date
  @Field(() => BigInt, { description: 'How much.' }) size!: bigint
}

@Resolver(() => Thing)
class ThingResolver {
  constructor(private readonly prefix: string) {}
  @Query(() => String, { description: 'Open.' })
  @Public()
  health(): string {
    return 'ok'
  }
  @Query(() => Thing, { nullable: true, description: 'One.' })
  @Requires('device.read')
  thing(@Arg('id', () => ID, { description: 'Which.' }) id: string): Partial<Thing> {
    if (id === 'none') throw new SotpError('NOT_FOUND')
    if (id === 'bug') throw new TypeError('secret internals')
    return { id, at: new Date(0), size: 2n ** 63n }
  }
  @Mutation(() => Boolean, { description: 'Change.' })
  @Requires('device.write')
  change(): boolean {
    return true
  }
  @Subscription(() => Int32, {
    description: 'Ticks.',
    subscribe: async function* () {
      yield 1
      yield 2
    },
  })
  @Requires('device.read')
  tick(@Root() value: number): number {
    return value
  }
  @Subscription(() => String, { description: 'Tocks.', topics: 'tocks' })
  @Requires('device.read')
  tock(@Root() value: number, @Arg('by', () => Int32, { description: 'Step.' }) by: number): string {
    return `${this.prefix}${value * by}`
  }
  @Subscription(() => Thing, { description: 'The seventh.', topics: 'fresh' })
  @Requires('device.read')
  fresh(@Root() id: string, @Ctx() context: RequestContext): Promise<Partial<Thing> | undefined> {
    return thing(context)(id)
  }
  @FieldResolver()
  name(@Root() thing: Thing): string {
    return `${this.prefix}${thing.id}`
  }
}

import { Int as Int32 } from 'type-graphql'

const who = (role: Role): Identity => ({
  kind: 'USER',
  userId: crypto.randomUUID(),
  sessionId: crypto.randomUUID(),
  email: 'a@b.c',
  name: 'a',
  grants: [{ role, siteIds: null }],
  scopes: null,
  expiresAt: Date.now() + 1000,
})
const context = (identity: Identity | null): RequestContext => ({
  identity,
  requestId: 'r1',
  ip: null,
  userAgent: null,
  cookies: emptyCookieJar,
  loaders: new Map(),
})
const loads: string[][] = []
const thing = (ctx: RequestContext) =>
  batched<string, Partial<Thing>>(ctx, 'thing', async (ids) => {
    loads.push(ids)
    return new Map(ids.map((key) => [key, { id: key, at: new Date(0), size: 1n }]))
  })
let ended = false
async function* tocks(by: number, stop: AbortController): AsyncGenerator<number> {
  if (by < 0) await new Promise((resolve) => stop.signal.addEventListener('abort', resolve))
  ended = stop.signal.aborted
  if (ended) return
  yield by
  yield by + 1
}
const build = (more: Record<string, SubscriptionSource> = {}) =>
  createSubgraph({
    name: 'things',
    resolvers: [new ThingResolver('thing ')],
    references: {
      Thing: ({ id }, ctx) => thing(ctx)(id),
    },
    subscriptions: {
      tock: async ({ by }: { by: number }) => {
        const stop = new AbortController()
        return endable(stop, tocks(by, stop))
      },
      fresh: async function* () {
        yield '7'
        yield '7'
      },
      ...more,
    },
    log: createLog('test', 'silent'),
  })

describe('a subgraph', () => {
  const subgraph = build()
  const run = (query: string, identity: Identity | null) => subgraph.execute({ query }, context(identity))

  test('prints federation SDL with keys and scalars', () => {
    expect(subgraph.sdl).toContain('type Thing @key(fields: "id")')
    expect(subgraph.sdl).toContain('scalar BigInt')
    expect(subgraph.sdl).toContain('scalar DateTime')
  })
  test('answers open fields to anybody and all others to nobody', async () => {
    expect((await run('{ health }', null)).data).toEqual({ health: 'ok' })
    expect((await run('{ thing(id: "1") { id } }', null)).errors?.[0]?.extensions['code']).toBe(
      'UNAUTHENTICATED',
    )
  })
  test('checks roles on mutations and names the missing permission', async () => {
    const { errors } = await run('mutation { change }', who('VIEWER'))
    expect(errors?.[0]?.extensions['code']).toBe('FORBIDDEN')
    expect(errors?.[0]?.message).toContain('device.write')
    expect((await run('mutation { change }', who('OPERATOR'))).data).toEqual({ change: true })
  })
  test('refuses _entities without identity', async () => {
    const query =
      '{ _entities(representations: [{ __typename: "Thing", id: "1" }]) { ... on Thing { name } } }'
    expect((await run(query, null)).errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED')
  })
  test('loads many entities with one look-up', async () => {
    loads.length = 0
    const query =
      '{ _entities(representations: [{ __typename: "Thing", id: "1" }, { __typename: "Thing", id: "2" }]) { ... on Thing { name size at } } }'
    const { data } = await run(query, who('VIEWER'))
    expect(data?.['_entities']).toMatchObject([
      { name: 'thing 1', size: '1', at: '1970-01-01T00:00:00.000Z' },
      { name: 'thing 2' },
    ])
    expect(loads).toEqual([['1', '2']])
  })
  test('keeps 64-bit integers exact', async () => {
    expect((await run('{ thing(id: "1") { size } }', who('VIEWER'))).data).toEqual({
      thing: { size: '9223372036854775808' },
    })
  })
  test('tells catalogue errors by code and hides what is internal', async () => {
    expect((await run('{ thing(id: "none") { id } }', who('VIEWER'))).errors?.[0]?.extensions['code']).toBe(
      'NOT_FOUND',
    )
    const { errors } = await run('{ thing(id: "bug") { id } }', who('VIEWER'))
    expect(errors?.[0]?.extensions['code']).toBe('INTERNAL_SERVER_ERROR')
    expect(JSON.stringify(errors)).not.toContain('secret internals')
  })
  test('streams subscriptions to those who may', async () => {
    const refused = await subgraph.subscribe({ query: 'subscription { tick }' }, context(null))
    expect('errors' in refused && refused.errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED')
    const stream = await subgraph.subscribe({ query: 'subscription { tick }' }, context(who('VIEWER')))
    if (!(Symbol.asyncIterator in stream)) throw new Error('refused')
    const seen: unknown[] = []
    for await (const { data } of stream) seen.push(data?.['tick'])
    expect(seen).toEqual([1, 2])
  })
  test('streams from a source that was handed in, behind the same check', async () => {
    const query = 'subscription { tock(by: 3) }'
    const refused = await subgraph.subscribe({ query }, context(null))
    expect('errors' in refused && refused.errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED')
    const stream = await subgraph.subscribe({ query }, context(who('VIEWER')))
    if (!(Symbol.asyncIterator in stream)) throw new Error('refused')
    const seen: unknown[] = []
    for await (const { data } of stream) seen.push(data?.['tock'])
    expect(seen).toEqual(['thing 9', 'thing 12'])
  })
  test('reads afresh for each event of a stream', async () => {
    loads.length = 0
    const stream = await subgraph.subscribe(
      { query: 'subscription { fresh { name } }' },
      context(who('VIEWER')),
    )
    if (!(Symbol.asyncIterator in stream)) throw new Error('refused')
    for await (const { errors } of stream) expect(errors).toBeUndefined()
    expect(loads).toEqual([['7'], ['7']])
  })
  test('ends a stream at once, and its source with it, even while it waits', async () => {
    ended = false
    const stream = await subgraph.subscribe(
      { query: 'subscription { tock(by: -1) }' },
      context(who('VIEWER')),
    )
    if (!(Symbol.asyncIterator in stream)) throw new Error('refused')
    const waiting = stream.next()
    expect(await stream.return(undefined)).toEqual({ done: true, value: undefined })
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(ended).toBe(true)
  })
})

test('a source for a subscription that does not exist stops the start', () => {
  expect(() => build({ nothing: async function* () {} })).toThrow('Subscription.nothing')
})
