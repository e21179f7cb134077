import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { AuditEvent } from '#core/contract/audit.js'
import { systemActor } from '#core/service/audit.js'
import { writeAudit } from '#db/audit/record.js'
import { type AuthClient, type AuthRoom, startAuth } from '#tests/kit/auth.js'
import { asSuperuser } from '#tests/kit/stores.js'

let room: AuthRoom
let admin: AuthClient
beforeAll(async () => {
  room = await startAuth()
  admin = room.client({ ip: '192.0.2.7' })
  await admin.login()
})
afterAll(() => room[Symbol.asyncDispose]())

const eventOf = (change: Partial<AuditEvent> = {}): AuditEvent => ({
  v: 1,
  id: randomUUID(),
  at: Date.parse('2026-03-01T12:00:00Z'),
  actor: systemActor('planner'),
  action: 'createDevice',
  target: { type: 'Device', id: 'd1', label: 'core-1' },
  outcome: 'ALLOWED',
  reason: null,
  ip: null,
  requestId: null,
  traceId: null,
  before: null,
  after: null,
  ...change,
})

/** Adds events to the log; resolves once they are sealed. */
async function log(...events: Partial<AuditEvent>[]): Promise<void> {
  await writeAudit(room.sql, events.map(eventOf))
  await room.sql.query('SELECT audit.seal(1000)')
}

const fields =
  'id seq at actor { kind label tokenId user { name } } action target { type id label } outcome reason ip requestId traceId before after hash previousHash'
const list = (filter: object | null, first = 50, after: string | null = null, client = admin) =>
  client.run(
    `query ($filter: AuditFilter, $first: Int!, $after: String) {
       auditLog(filter: $filter, first: $first, after: $after) {
         nodes { ${fields} } edges { cursor node { seq } } pageInfo { hasNextPage endCursor } } }`,
    { filter, first, after },
  )
type Pages = { auditLog: { nodes: { seq: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } }
const labels = async (filter: object) =>
  (await list(filter)).data.auditLog.nodes.map(({ target }: { target: { label: string } }) => target.label)

describe('auditLog', () => {
  test('shows what was written, the newest first, each chained to the one before', async () => {
    await log(
      { target: { type: 'Site', id: 's1', label: 'first' } },
      { action: 'deleteSite', before: { b: 1, a: [] } },
    )
    const { nodes } = (await list(null, 2)).data.auditLog
    expect(nodes[0]).toMatchObject({ action: 'deleteSite', before: '{"a":[],"b":1}', after: null })
    expect(nodes[1].target).toEqual({ type: 'Site', id: 's1', label: 'first' })
    expect(nodes[0].previousHash).toBe(nodes[1].hash)
    expect(BigInt(nodes[0].seq)).toBe(BigInt(nodes[1].seq) + 1n)
  })
})

describe('what is asked for', () => {
  const [alice, device] = [randomUUID(), randomUUID()]
  beforeAll(() =>
    log(
      {
        actor: { kind: 'USER', userId: alice, tokenId: null, label: 'Alice <alice@example.net>' },
        target: { type: 'Device', id: device, label: 'edge-1' },
        ip: '198.51.100.23',
        at: Date.parse('2026-03-02T00:00:00Z'),
      },
      {
        action: 'setGrants',
        target: { type: 'User', id: 'u1', label: 'bob 100%_sure' },
        outcome: 'DENIED',
        reason: 'user.write',
        at: Date.parse('2026-03-03T00:00:00Z'),
      },
      {
        action: 'refreshSession',
        target: { type: 'Session', id: 's1', label: 'renewed' },
        at: Date.parse('2026-02-01T00:00:00Z'),
      },
      {
        action: 'credential.use',
        target: { type: 'Credential', id: 'c1', label: 'not opened' },
        outcome: 'FAILED',
        at: Date.parse('2026-02-02T00:00:00Z'),
      },
    ),
  )
  test.each([
    [{ actorId: alice }, ['edge-1']],
    [{ actorId: alice.toUpperCase() }, ['edge-1']],
    [{ action: 'setGrants' }, ['bob 100%_sure']],
    [{ targetType: 'User' }, ['bob 100%_sure']],
    [{ targetId: device }, ['edge-1']],
    [{ outcome: 'DENIED' }, ['bob 100%_sure']],
    [{ from: '2026-03-02T00:00:00Z', to: '2026-03-03T00:00:00Z' }, ['edge-1']],
    [{ from: '2026-03-02T00:00:00Z' }, ['bob 100%_sure', 'edge-1']],
    [{ search: 'ALICE@example' }, ['edge-1']],
    [{ search: '198.51.100.23' }, ['edge-1']],
    [{ search: '100%_s' }, ['bob 100%_sure']],
    [{ search: '0%' }, ['bob 100%_sure']],
    [{ search: '_%_%' }, []],
    [{ search: 'setgr', outcome: 'ALLOWED' }, []],
    [{ to: '2026-02-15T00:00:00Z' }, ['not opened', 'renewed']],
    [{ to: '2026-02-15T00:00:00Z', routine: true }, ['not opened', 'renewed']],
    [{ to: '2026-02-15T00:00:00Z', routine: false }, ['not opened']],
  ])('%j finds %j', async (filter, found) => {
    // What signing in leaves in the log is of today.
    expect(await labels({ to: '2026-04-01T00:00:00Z', ...filter })).toEqual(found)
  })
  test.each([
    [{ actorId: 'x' }, 'filter.actorId'],
    [{ search: 'x'.repeat(201) }, 'filter.search'],
    [{ search: 'a\0b' }, 'filter.search'],
  ])('%j is refused', async (filter, field) => {
    const { code, errors } = await list(filter)
    expect([code, errors?.[0]?.extensions['field']]).toEqual(['BAD_USER_INPUT', field])
  })
})

describe('pages', () => {
  test('show every event once, and say where they end', async () => {
    const action = 'paged'
    await log(...Array.from({ length: 7 }, () => ({ action })))
    const seen: string[] = []
    let after: string | null = null
    do {
      const { data }: { data: Pages } = await list({ action }, 3, after)
      const { nodes, pageInfo } = data.auditLog
      seen.push(...nodes.map(({ seq }) => seq))
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null
    } while (after !== null)
    const first = Number(seen.at(-1))
    expect(seen).toEqual(Array.from({ length: 7 }, (_, n) => String(first + 6 - n)))
  })
  test.each([
    'nonsense',
    Buffer.from('audit:0').toString('base64url'),
    Buffer.from('audit:1e3').toString('base64url'),
  ])('the cursor %s is refused', async (after) =>
    expect((await list(null, 3, after)).code).toBe('BAD_USER_INPUT'),
  )
  test.each([0, 501])('of %i events are refused', async (first) =>
    expect((await list(null, first)).code).toBe('BAD_USER_INPUT'),
  )
})

describe('an event', () => {
  test('of a user shows them as they are now, and one who is gone by the label of then', async () => {
    const rootId = admin.identity?.userId ?? ''
    const actor = (userId: string, label: string) => ({ kind: 'USER' as const, userId, tokenId: null, label })
    await log({ actor: actor(rootId, 'Somebody') }, { actor: actor(randomUUID(), 'Gone <gone@example.net>') })
    const [gone, here] = (await list(null, 2)).data.auditLog.nodes
    expect(gone.actor).toMatchObject({ label: 'Gone <gone@example.net>', user: null })
    expect(here.actor).toMatchObject({ label: 'Somebody', user: { name: expect.stringMatching(/./) } })
  })
  test('is found by its id, and nothing by another', async () => {
    const id = randomUUID()
    await log({ id })
    const ask = async (wanted: string) =>
      (await admin.run('query ($id: ID!) { auditEvent(id: $id) { id } }', { id: wanted })).data.auditEvent
    expect(await ask(id)).toEqual({ id })
    expect(await ask(randomUUID())).toBeNull()
  })
})

describe('auditLogCsv', () => {
  const query =
    'query ($action: String, $first: Int, $after: String) { auditLogCsv(filter: { action: $action }, first: $first, after: $after) { text pageInfo { hasNextPage endCursor } } }'
  const csv = async (first: number, after: string | null = null, action = 'exported') =>
    (await admin.run(query, { action, first, after })).data.auditLogCsv
  test('quotes what must be, and lets no cell be a formula', async () => {
    const names = [
      '=1+1',
      '+1',
      '-1',
      '@SUM(A1)',
      '\t=1',
      '\r=1',
      'a,b',
      'say "hi"',
      'two\r\nlines',
      "'quoted",
      '',
    ]
    await log(
      ...names.map((label) => ({
        action: 'exported',
        target: { type: 'Device', id: null, label },
        after: { a: 1 },
      })),
    )
    const { text, pageInfo } = await csv(50)
    expect(text).toMatch(/^seq,at,outcome,action,reason,actorKind,actor,.*,hash,previousHash\r\n/)
    expect(text).toContain(`2026-03-01T12:00:00.000Z,ALLOWED,exported,,SYSTEM,planner,,,Device,'=1+1,,`)
    for (const shown of [
      `Device,'+1,`,
      `Device,'-1,`,
      `Device,'@SUM(A1),`,
      `Device,'\t=1,`,
      `Device,"'\r=1",`,
      `Device,"a,b",`,
      `Device,"say ""hi""",`,
      `Device,"two\r\nlines",`,
      `Device,'quoted,`,
      `Device,,`,
      `"{""a"":1}"`,
    ]) {
      expect(text).toContain(shown)
    }
    expect(pageInfo.hasNextPage).toBe(false)
  })
  test('goes on where a part ended', async () => {
    const one = await csv(5)
    const two = await csv(50, one.pageInfo.endCursor)
    expect(one.pageInfo.hasNextPage).toBe(true)
    const ids = [one, two].flatMap(({ text }) => [
      ...text.matchAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g),
    ])
    expect(new Set(ids.map(([id]) => id)).size).toBe(11)
    expect(two.pageInfo.hasNextPage).toBe(false)
  })
  test('ends sooner where its text grows long, and loses nothing', async () => {
    await log(...Array.from({ length: 60 }, () => ({ action: 'long', after: 'x'.repeat(40_000) })))
    const { text, pageInfo } = await csv(60, null, 'long')
    expect(text.length).toBeLessThan(2_100_000)
    expect(`${text}${(await csv(60, pageInfo.endCursor, 'long')).text}`.match(/,long,/g)).toHaveLength(60)
  })
})

test('verifyAuditLog, auditAnchors and auditActions answer', async () => {
  const { data } = await admin.run(
    '{ verifyAuditLog { ok checked fromSeq toSeq anchorsChecked anchorsUnknown firstBroken { seq } } auditAnchors { seq hash previousSeq keyId } auditActions }',
  )
  expect(data.verifyAuditLog).toMatchObject({ ok: true, fromSeq: '1', firstBroken: null })
  expect(data.verifyAuditLog.checked).toBe(Number(data.verifyAuditLog.toSeq))
  expect(data.auditAnchors).toEqual([])
  expect(data.auditActions).toEqual([...data.auditActions].sort())
  expect(data.auditActions).toContain('setGrants')
  const refused = await admin.run(
    '{ verifyAuditLog(from: "2026-01-02T00:00:00Z", to: "2026-01-02T00:00:00Z") { ok } }',
  )
  expect(refused.code).toBe('BAD_USER_INPUT')
})

test('an event that somebody made unreadable is named, and found', async () => {
  await log({ action: 'defaced' })
  const owner = new pg.Client({ connectionString: asSuperuser(room.database) })
  await owner.connect()
  await owner.query('SET session_replication_role = replica')
  const deface = (from: string, to: string) =>
    owner.query(
      'UPDATE audit.event SET content = replace(content, $1, $2) WHERE seq = (SELECT max(seq) FROM audit.event) RETURNING seq',
      [from, to],
    )
  const { rows } = await deface('"v":1', '"v":7')
  const { code, message } = await list(null, 1)
  expect([code, message]).toEqual([
    'INTERNAL_SERVER_ERROR',
    expect.stringContaining(`Audit event ${rows[0].seq} cannot be read`),
  ])
  const verify = '{ verifyAuditLog { ok firstBroken { seq reason } } }'
  expect((await admin.run(verify)).data.verifyAuditLog).toEqual({
    ok: false,
    firstBroken: { seq: rows[0].seq, reason: 'EDITED' },
  })
  await deface('"v":7', '"v":1')
  await owner.end()
  expect((await admin.run(verify)).data.verifyAuditLog.ok).toBe(true)
})

test('nothing of it is for somebody without audit.read', async () => {
  const operator = room.client()
  operator.identity = admin.identity && { ...admin.identity, grants: [{ role: 'OPERATOR', siteIds: null }] }
  for (const query of [
    '{ auditLog { nodes { id } } }',
    `{ auditEvent(id: "${randomUUID()}") { id } }`,
    '{ auditLogCsv { text } }',
    '{ verifyAuditLog { ok } }',
    '{ auditAnchors { seq } }',
    '{ auditActions }',
  ]) {
    expect(await operator.run(query)).toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('audit.read'),
    })
  }
})
