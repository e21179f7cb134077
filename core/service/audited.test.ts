import { randomBytes } from 'node:crypto'
import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql'
import { beforeEach, describe, expect, test } from 'vitest'
import * as z from 'zod'

import { type AuditEvent, auditEvent } from '../contract/audit.js'
import type { Identity } from '../contract/identity.js'
import type { Role } from '../contract/permissions.js'
import { currentAct, eventOf } from './audit.js'
import { Public, Requires } from './authorize.js'
import { SotpError } from './errors.js'
import { createLog } from './log.js'
import { registry } from './metrics.js'
import { emptyCookieJar, type RequestContext } from './request.js'
import { createSubgraph } from './subgraph.js'

@ObjectType({ description: 'A lamp.' })
@Requires('device.read')
class Lamp {
  @Field(() => String, { description: 'Its name.' }) name!: string
}

/** What a mutation does, as the test says. */
const deeds = {
  nothing: () => {},
  record: () => {
    // As `db/audit/record.ts` does it.
    const act = currentAct()
    if (act) act.recorded = true
  },
  missing: () => {
    throw new SotpError('NOT_FOUND')
  },
  credentials: () => {
    throw new SotpError('INVALID_CREDENTIALS')
  },
  unfit: () => void z.object({ name: z.string() }).parse({}),
  bug: () => {
    throw new TypeError('internals')
  },
  stranger: () => {
    throw new SotpError('UNAUTHENTICATED')
  },
}

@Resolver(() => Lamp)
class LampResolver {
  @Query(() => Lamp, { description: 'One.' })
  @Requires('device.read')
  lamp(): Lamp {
    return { name: 'one' }
  }
  @Query(() => String, { description: 'Guarded.' })
  @Requires('user.write')
  guarded(): string {
    return 'never'
  }
  @Mutation(() => Lamp, { description: 'Change.' })
  @Requires('device.write')
  async change(@Arg('deed', () => String, { description: 'How.' }) deed: keyof typeof deeds): Promise<Lamp> {
    await Promise.resolve()
    deeds[deed]()
    return { name: 'changed' }
  }
  @Mutation(() => Boolean, { description: 'Open to all.' })
  @Public()
  enter(@Arg('deed', () => String, { description: 'How.' }) deed: keyof typeof deeds): boolean {
    deeds[deed]()
    return true
  }
  @Subscription(() => Lamp, { description: 'Lamps.', topics: 'lamps' })
  @Requires('device.read')
  lamps(@Root() name: string): Lamp {
    return { name }
  }
  @FieldResolver(() => String, { nullable: true, description: 'For few.' })
  @Requires('credential.read')
  secret(@Ctx() _: RequestContext): string {
    return 's'
  }
}

const written: AuditEvent[] = []
let broken = false
beforeEach(() => {
  written.length = 0
  broken = false
})

const subgraph = createSubgraph({
  name: 'lamps',
  resolvers: [new LampResolver()],
  references: {},
  subscriptions: {
    lamps: async function* () {
      yield 'one'
      yield 'two'
      yield 'three'
    },
  },
  audit: async (events) => {
    if (broken) throw new Error('no database')
    written.push(...events.map((event) => auditEvent.parse(event)))
  },
  log: createLog('test', 'silent'),
})

const identity = (role: Role, kind: Identity['kind'] = 'USER'): Identity => ({
  kind,
  userId: '11111111-1111-4111-8111-111111111111',
  email: 'ann@example.net',
  name: 'Ann',
  sessionId: '22222222-2222-4222-8222-222222222222',
  grants: [{ role, siteIds: null }],
  scopes: null,
  expiresAt: 0,
})
/** Each from another address: what one is refused again and again is told once. */
const contextOf = (who: Identity | null): RequestContext => ({
  identity: who,
  requestId: 'r7',
  ip: `2001:db8::${randomBytes(2).toString('hex')}:${randomBytes(2).toString('hex')}`,
  userAgent: null,
  cookies: emptyCookieJar,
  loaders: new Map(),
})
const run = (query: string, who: Identity | null = identity('OPERATOR'), context = contextOf(who)) =>
  subgraph.execute({ query }, context)
const change = (deed: keyof typeof deeds, who?: Identity | null) =>
  run(`mutation { change(deed: "${deed}") { name } }`, who)

const ann = { kind: 'USER', userId: identity('ADMIN').userId, tokenId: null, label: 'Ann <ann@example.net>' }
const nobody = { kind: 'ANONYMOUS', userId: null, tokenId: null, label: '' }

describe('a mutation', () => {
  test('that recorded its change is not told again', async () => {
    expect((await change('record')).errors).toBeUndefined()
    expect(written).toEqual([])
  })
  test('that recorded nothing is told: who, what, from where', async () => {
    await change('nothing')
    expect(written).toMatchObject([
      {
        actor: ann,
        action: 'change',
        outcome: 'ALLOWED',
        reason: null,
        ip: expect.stringMatching(/^2001:db8/),
        requestId: 'r7',
      },
    ])
  })
  test('by an API token is told with the token', async () => {
    await change('nothing', identity('OPERATOR', 'API_TOKEN'))
    const { sessionId } = identity('OPERATOR')
    expect(written).toMatchObject([{ actor: { ...ann, kind: 'API_TOKEN', tokenId: sessionId } }])
  })
  test('that is refused names the permission', async () => {
    await change('nothing', identity('VIEWER'))
    expect(written).toMatchObject([
      { actor: ann, action: 'change', outcome: 'DENIED', reason: 'device.write' },
    ])
  })
  test.each([
    ['missing', 'FAILED', 'NOT_FOUND'],
    ['credentials', 'DENIED', 'INVALID_CREDENTIALS'],
    ['unfit', 'FAILED', 'BAD_USER_INPUT'],
    ['bug', 'FAILED', 'INTERNAL_SERVER_ERROR'],
  ] as const)(
    'that fails (%s) is %s, with the code %s that the client gets',
    async (deed, outcome, reason) => {
      const { errors } = await change(deed)
      expect(errors?.[0]?.extensions['code']).toBe(reason)
      expect(written).toMatchObject([{ action: 'change', outcome, reason }])
    },
  )
  test('of several in one document is an act of its own', async () => {
    await run(
      'mutation { a: change(deed: "record") { name } b: enter(deed: "nothing") c: change(deed: "missing") { name } }',
    )
    expect(written.map(({ action, outcome }) => [action, outcome])).toEqual([
      ['enter', 'ALLOWED'],
      ['change', 'FAILED'],
    ])
  })
  test('by nobody is told where it needs somebody', async () => {
    await change('nothing', null)
    expect(written).toMatchObject([
      { actor: nobody, action: 'change', outcome: 'DENIED', reason: 'UNAUTHENTICATED' },
    ])
  })
  test('that is open to all, and only finds that nobody is signed in, is no act', async () => {
    await run('mutation { enter(deed: "stranger") }', null)
    expect(written).toEqual([])
    await run('mutation { enter(deed: "credentials") }', null)
    expect(written).toMatchObject([{ actor: nobody, action: 'enter', reason: 'INVALID_CREDENTIALS' }])
  })
})

describe('what is refused', () => {
  const denied = (label: string, reason: string) => ({
    action: 'read',
    outcome: 'DENIED',
    reason,
    target: { type: 'Field', id: null, label },
  })
  test('to a query is told, each permission once for each root field', async () => {
    await run('{ guarded a: lamp { secret } lamp { name secret again: secret } }')
    expect(written).toMatchObject([denied('guarded', 'user.write')])
    written.length = 0
    await run('{ a: lamp { secret } lamp { name secret again: secret } }', identity('VIEWER'))
    expect(written).toMatchObject([
      denied('a.secret', 'credential.read'),
      denied('lamp.secret', 'credential.read'),
    ])
  })
  test('below a mutation is told beside the mutation', async () => {
    const token: Identity = { ...identity('OPERATOR', 'API_TOKEN'), scopes: ['device.write', 'device.read'] }
    await run('mutation { change(deed: "record") { secret } }', token)
    expect(written).toMatchObject([denied('change.secret', 'credential.read')])
  })
  test('to somebody who subscribes is told', async () => {
    const answer = await subgraph.subscribe({ query: 'subscription { lamps { name } }' }, contextOf(null))
    expect(answer).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect(written).toMatchObject([{ actor: nobody, ...denied('lamps', 'UNAUTHENTICATED') }])
  })
  test('to each event of a stream is told once', async () => {
    const answer = await subgraph.subscribe(
      { query: 'subscription { lamps { name secret } }' },
      contextOf(identity('VIEWER')),
    )
    if (!(Symbol.asyncIterator in answer)) throw new Error('refused')
    let events = 0
    for await (const { errors } of answer) events += errors?.length ?? 0
    expect(events).toBe(3)
    expect(written).toMatchObject([denied('lamps.secret', 'credential.read')])
  })
  test('is told by the name of the field, whatever its alias', async () => {
    await run('{ lamp { harmless: secret } }', identity('VIEWER'))
    expect(written).toMatchObject([denied('lamp.harmless (secret)', 'credential.read')])
  })
  test('to nobody in particular, again and again, is told once for each address', async () => {
    const [one, other] = [contextOf(null), contextOf(null)]
    for (const context of [one, one, other]) await run('{ alias: guarded }', null, context)
    await run('{ another: guarded }', null, one)
    await run('mutation { change(deed: "nothing") { name } }', null, one)
    for (const deed of ['missing', 'missing', 'credentials', 'credentials'])
      await run(`mutation { enter(deed: "${deed}") }`, null, one)
    expect(written.map(({ ip, action }) => [ip, action])).toEqual([
      [one.ip, 'read'],
      [other.ip, 'read'],
      [one.ip, 'change'],
      [one.ip, 'enter'],
      // Wrong passwords are told each.
      [one.ip, 'enter'],
      [one.ip, 'enter'],
    ])
  })
})

test('an event that cannot be written changes no answer, and is counted', async () => {
  const lost = async () => {
    const { values } = (await registry.getSingleMetric('sotp_audit_events_lost_total')?.get()) ?? {
      values: [],
    }
    return values[0]?.value ?? 0
  }
  const before = await lost()
  broken = true
  expect(await change('nothing')).toEqual({ data: { change: { name: 'changed' } } })
  expect((await change('missing')).errors?.[0]?.extensions['code']).toBe('NOT_FOUND')
  expect((await run('{ guarded }')).errors?.[0]?.extensions['code']).toBe('FORBIDDEN')
  expect((await lost()) - before).toBe(3)
})

test('outside of a mutation there is no act', () => {
  expect(currentAct()).toBeUndefined()
  expect(() => eventOf({ target: null })).toThrow('nobody says')
})
