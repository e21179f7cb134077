import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'

import type { AuditEvent } from '#core/contract/audit.js'
import type { ErrorCode } from '#core/contract/errors.js'
import type { Identity } from '#core/contract/identity.js'
import { type Permission, rolePermissions } from '#core/contract/permissions.js'
import type { CookieJar } from '#core/service/request.js'
import type { Subgraph } from '#core/service/subgraph.js'

import { type AuditLog, openAuditLog } from './audit-log.js'
import { everywhere, someone } from './identity.js'
import { accessOf, ask, holding, type Question, rootFields } from './scoping.js'

type Operation = Omit<Question, 'name'>

/** A mutation that is really run, and what the log must say of it. Values may be matchers, as `expect.any(String)`. */
export interface AuditedCase extends Operation {
  target: { type: string; id: unknown; label: unknown }
  before: unknown
  after: unknown
  /** The same with what it must not take, and what it then answers. Left out where nothing given can be wrong. */
  bad?: Partial<Operation> & { code: ErrorCode }
  /** Who does it; null: nobody who is signed in. Default: an administrator. */
  by?: Identity | null
  /** Who the log says has done it, where that is not who asked: somebody who signs in. */
  actor?: AuditEvent['actor']
  /** What the log says of it where it fails, beside who asked. */
  about?: Partial<AuditEvent>
  /** Of the browser that asks. */
  cookies?: CookieJar
  /** Makes what counts once, before each run. */
  fresh?: () => Promise<Partial<Operation>>
  /** What it does outside of the database, as it can be seen there: must change with it, and stay where it fails. */
  effect?: () => Promise<unknown>
  /** It has no effect but that: no row changes. */
  onlyEffect?: true
}

/** A subgraph on stores of its own. */
export interface AuditedRoom extends AsyncDisposable {
  subgraph: Subgraph
  databaseUrl: string
  /** Of its tables. */
  schema: string
}

const administrator = someone({
  userId: randomUUID(),
  name: 'Ada',
  email: 'ada@example.net',
  grants: everywhere('ADMIN'),
})

/**
 * Tests of every mutation of a subgraph that its event is there exactly when its change is. `cases` makes what each
 * needs and says what it does; `canaries` are secrets that the cases use, and that no event may hold.
 */
export function auditsEveryMutation<Room extends AuditedRoom>(
  open: () => Promise<Room>,
  cases: Readonly<Record<string, (room: Room) => Promise<AuditedCase>>>,
  canaries: readonly string[] = [],
): void {
  let room: Room
  let log: AuditLog
  const secrets = new Set(canaries)
  /** All that was sent and answered, to see that the canaries were used. */
  const sent: string[] = []
  beforeAll(async () => {
    room = await open()
    log = openAuditLog(room)
    return async () => {
      await log.close()
      await room[Symbol.asyncDispose]()
    }
  })

  /** Runs it once, with all that is known of it afterwards. */
  async function run(
    { query, variables = {}, cookies }: Operation & Pick<AuditedCase, 'cookies'>,
    by: Identity | null = administrator,
  ) {
    const operation = { query, variables }
    const requestId = randomUUID()
    const who = { ...holding(), identity: by, requestId, ip: '192.0.2.7', ...(cookies && { cookies }) }
    const { data, errors } = await ask(room.subgraph, operation, who)
    sent.push(JSON.stringify([operation, data]))
    for (const [, secret = ''] of JSON.stringify(data ?? null).matchAll(shownOnce)) secrets.add(secret)
    return { extensions: errors?.[0]?.extensions, errors, events: await log.of(requestId) }
  }

  test('of every mutation there is a case here', () => {
    expect(Object.keys(cases).sort()).toEqual(rootFields(room.subgraph, 'Mutation').sort())
  })

  describe.each(Object.keys(cases))('%s', (name) => {
    let given: AuditedCase
    let expected: AuditEvent
    beforeAll(async () => {
      const prepared = await cases[name]?.(room)
      if (!prepared) throw new Error(`there is no case of ${name}`)
      given = prepared
      expected = eventOf(name, given)
    })
    const ready = async () => ({ ...given, ...(await given.fresh?.()) })
    const failed = (reason: string) => ({
      ...expected,
      ...nothing,
      actor: actorOf(given.by),
      outcome: 'FAILED',
      reason,
      ...given.about,
    })

    test('refused, leaves who wanted it and what they lack', async () => {
      const permission = accessOf(room.subgraph.schema.getMutationType()?.getFields()[name]?.astNode)
      if (permission === 'public') return
      const isForViewers = rolePermissions.VIEWER.includes(permission as Permission)
      const stranger = someone({ userId: randomUUID(), grants: isForViewers ? [] : everywhere('VIEWER') })
      const { extensions, events } = await run(await ready(), stranger)
      expect(extensions).toMatchObject({ code: 'FORBIDDEN', permission })
      const denied = { ...nothing, outcome: 'DENIED', reason: permission, actor: actorOf(stranger) }
      expect(events).toEqual([{ ...expected, ...denied }])
    })

    test('with bad input, leaves why it failed and changes nothing', async () => {
      const { bad } = given
      if (!bad) return
      const before = await log.rows()
      const { extensions, events } = await run({ ...given, ...bad }, given.by)
      expect(extensions).toMatchObject({ code: bad.code })
      expect(events).toEqual([{ ...failed(bad.code), ...nothing, actor: actorOf(given.by) }])
      expect(await log.rows()).toEqual(before)
    })

    test('fails as a whole where its event cannot be written', async () => {
      const state = async () => ({ rows: await log.rows(), effect: await given.effect?.() })
      const operation = await ready()
      const before = await state()
      const { extensions, events } = await log.closed(() => run(operation, given.by))
      expect(extensions).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' })
      expect(events).toEqual([])
      expect(await state()).toEqual(before)
    })

    test('leaves no event of a change that is not kept', async () => {
      if (given.onlyEffect) return
      const operation = await ready()
      const before = await log.rows()
      const { extensions, events } = await log.unkept(() => run(operation, given.by))
      expect(extensions).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' })
      expect(events).toEqual([failed('INTERNAL_SERVER_ERROR')])
      expect(await log.rows()).toEqual(before)
    })

    test('leaves one event: who did what to what, before and after', async () => {
      const operation = await ready()
      const before = await given.effect?.()
      const { errors, events } = await run(operation, given.by)
      expect(errors).toBeUndefined()
      expect(events).toEqual([expected])
      if (given.effect) expect(await given.effect()).not.toEqual(before)
    })
  })

  test('no event holds a secret', async () => {
    for (const canary of canaries) expect(sent.join('\n')).toContain(canary)
    const written = await log.text()
    for (const secret of secrets) expect(written).not.toContain(secret)
  })
}

/** Secrets in an answer, by the names under which the graph shows them once. */
const shownOnce = /"(?:secret|token|[a-z]+Token)":"([^"]+)"/g

const nothing = { target: null, before: null, after: null }

const actorOf = (by: Identity | null = administrator): AuditEvent['actor'] =>
  by === null
    ? { kind: 'ANONYMOUS', userId: null, tokenId: null, label: '' }
    : { kind: 'USER', userId: by.userId, tokenId: null, label: `${by.name} <${by.email}>` }

const eventOf = (
  action: string,
  { target, before, after, by, actor = actorOf(by) }: AuditedCase,
): AuditEvent =>
  ({
    v: 1,
    id: expect.any(String),
    at: expect.any(Number),
    actor,
    action,
    target,
    outcome: 'ALLOWED',
    reason: null,
    ip: '192.0.2.7',
    requestId: expect.any(String),
    traceId: null,
    before,
    after,
  }) as AuditEvent
