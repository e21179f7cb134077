import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'

import type { AuditEvent } from '#core/contract/audit.js'
import { acting, anonymousActor, eventOf, systemActor } from '#core/service/audit.js'
import { emptyCookieJar, type RequestContext } from '#core/service/request.js'
import { asSuperuser, freshDatabase } from '#tests/kit/stores.js'

import { type DataSource, openSource } from '../source.js'
import { canonical, recordAudit, writeAudit } from './record.js'

let source: DataSource
let owner: pg.Client
beforeAll(async () => {
  const url = await freshDatabase()
  source = await openSource({ url, schema: 'auth', entities: [], poolMax: 20 })
  owner = new pg.Client({ connectionString: asSuperuser(url) })
  await owner.connect()
})
afterAll(async () => {
  await source.destroy()
  await owner.end()
})

const change = (label: string) => ({
  target: { type: 'Site', id: null, label },
  actor: systemActor('test'),
  action: 'createSite',
})
const seal = async () => {
  while (Number((await source.query('SELECT audit.seal(7) AS n'))[0].n) > 0) {}
}
/** What was sealed with a label that begins so, in order. */
const sealed = async (label: string): Promise<string[]> => {
  await seal()
  const rows: { label: string }[] = await source.query(
    `SELECT content::jsonb #>> '{target,label}' AS label FROM audit.event WHERE content::jsonb #>> '{target,label}' LIKE $1 ORDER BY seq`,
    [`${label}%`],
  )
  return rows.map((row) => row.label)
}

test.each([
  'UPDATE audit.event SET content = content',
  'DELETE FROM audit.event',
  'TRUNCATE audit.event',
  'INSERT INTO audit.event (seq, content, previous_hash, hash) VALUES (1, $${}$$, $$$$, $$$$)',
  'UPDATE audit.head SET seq = 0',
  'DELETE FROM audit.head',
  'TRUNCATE audit.head',
  'UPDATE audit.anchor SET seq = 1',
  'DELETE FROM audit.anchor',
  'TRUNCATE audit.anchor',
  'UPDATE audit.inbox SET content = content',
  'DELETE FROM audit.inbox',
  'TRUNCATE audit.inbox',
  'ALTER TABLE audit.event DISABLE TRIGGER append_only',
  'ALTER TABLE audit.inbox DROP CONSTRAINT inbox_content_check',
  'ALTER FUNCTION audit.seal(int) RENAME TO unseal',
  'CREATE OR REPLACE FUNCTION audit.seal(at_most int) RETURNS bigint LANGUAGE sql AS $$SELECT 0::bigint$$',
  'DROP TABLE audit.event',
  'DROP SCHEMA audit CASCADE',
  'CREATE TABLE audit.mine (id int)',
  'ALTER SCHEMA audit RENAME TO other',
  'SET session_replication_role = replica',
  'SET ROLE sotp',
])('the role of the services may not: %s', async (statement) => {
  await expect(source.query(statement)).rejects.toThrow(/permission denied|must be owner|cannot|not allowed/)
})

test('the owner is stopped by a trigger', async () => {
  for (const statement of [
    'UPDATE audit.event SET content = content',
    'DELETE FROM audit.anchor',
    'TRUNCATE audit.event',
  ]) {
    await expect(owner.query(statement)).rejects.toThrow('the audit log is append-only')
  }
})

test('of many writers at once exactly what was committed is sealed, once each, while it is written', async () => {
  const numbers = Array.from({ length: 60 }, (_, n) => n)
  let writing = true
  const sealing = (async () => {
    while (writing) await Promise.all([seal(), seal()])
  })()
  await Promise.all(
    numbers.map((n) =>
      source
        .transaction(async (manager) => {
          await recordAudit(manager, change(`many ${n} a`))
          await manager.query('SELECT pg_sleep(random() * 0.05)')
          await recordAudit(manager, change(`many ${n} b`))
          if (n % 3 === 0) throw new Error('rolled back')
        })
        .catch(() => {}),
    ),
  )
  writing = false
  await sealing
  const expected = numbers.filter((n) => n % 3 !== 0).flatMap((n) => [`many ${n} a`, `many ${n} b`])
  const found = await sealed('many')
  expect(found.toSorted()).toEqual(expected.toSorted())
  // Within one transaction they keep their order.
  for (const label of expected.filter((one) => one.endsWith('a'))) {
    expect(found.indexOf(label)).toBeLessThan(found.indexOf(label.replace(/a$/, 'b')))
  }
  const { rows } = await owner.query('SELECT count(*)::int AS n, max(seq)::int AS last FROM audit.event')
  expect(rows[0].n).toBe(rows[0].last)
})

test('an event that is written again under its id counts once', async () => {
  const event = eventOf(change('again'))
  await writeAudit(source, [event, event])
  await writeAudit(source, [event])
  expect(await sealed('again')).toEqual(['again'])
  await writeAudit(source, [event])
  expect(await sealed('again')).toEqual(['again'])
})

test.each([
  ['no JSON', 'no'],
  ['no event', '[]'],
  ['without id', '{"at":1,"action":"x","outcome":"ALLOWED"}'],
  ['with an id that is none', '{"id":"x","at":1,"action":"x","outcome":"ALLOWED"}'],
  ['with a time that is none', `{"id":"${randomUUID()}","at":"soon","action":"x","outcome":"ALLOWED"}`],
  ['without action', `{"id":"${randomUUID()}","at":1,"outcome":"ALLOWED"}`],
  [
    'with an action too long',
    `{"id":"${randomUUID()}","at":1,"action":"${'x'.repeat(3000)}","outcome":"ALLOWED"}`,
  ],
  ['with an outcome that is none', `{"id":"${randomUUID()}","at":1,"action":"x","outcome":"FINE"}`],
  [
    'with an actor that is none',
    `{"id":"${randomUUID()}","at":1,"action":"x","outcome":"ALLOWED","actor":{"userId":"1"}}`,
  ],
])('what could not be sealed does not get in: %s', async (_, content) => {
  await expect(source.query('INSERT INTO audit.inbox (content) VALUES ($1)', [content])).rejects.toThrow()
})

const context: RequestContext = {
  identity: null,
  requestId: `\0${'r'.repeat(500)}\uD800`,
  ip: `${'1'.repeat(300)}\0`,
  userAgent: null,
  cookies: emptyCookieJar,
  loaders: new Map(),
}
const hostile = '\0\uD800<script>\u202E"\'\\\r\n\x1B[31m=1+1'

test('hostile and endless words are written down, bounded', async () => {
  const act = { action: 'login', context, recorded: false }
  const wide = Object.fromEntries(
    Array.from({ length: 5000 }, (_, n) => [`${hostile}${n}`, 'x'.repeat(3000)]),
  )
  await acting(act, () =>
    recordAudit(source, {
      target: { type: 'User', id: 'i'.repeat(1e6), label: `hostile ${hostile}` },
      actor: anonymousActor(`${hostile}${'a'.repeat(1e6)}`),
      before: { text: `${hostile}${'b'.repeat(1e6)}`, '\0key': hostile, number: Number.NaN },
      after: { wide, deep: Array.from({ length: 300 }, () => Array.from({ length: 300 }, () => wide)) },
    }),
  )
  expect(act.recorded).toBe(true)
  expect(await sealed('hostile')).toHaveLength(1)
  const [{ content }] = await source.query(
    `SELECT content FROM audit.event WHERE content::jsonb #>> '{target,label}' LIKE 'hostile%'`,
  )
  expect(content.length).toBeLessThan(200_000)
  expect(content).toContain('<script>')
})

test('the text that is hashed has its keys in order, whatever they are called', () => {
  expect(canonical({ b: 1, a: [{ d: null, c: 'x' }], 10: true, 9: false })).toBe(
    '{"10":true,"9":false,"a":[{"c":"x","d":null}],"b":1}',
  )
})

test('outside of any act somebody must say who did what', async () => {
  await expect(recordAudit(source, { target: null })).rejects.toThrow('nobody says who did this')
})

test('an event that is no event is refused where it is written', async () => {
  const event = { ...eventOf(change('x')), id: 'x' } satisfies AuditEvent
  await expect(writeAudit(source, [event])).rejects.toThrow()
})

test('an event that comes twice counts once, and another one under its id cannot take its place', async () => {
  const event = eventOf(change('twin first'))
  const forged = { ...event, target: { type: 'Site', id: null, label: 'twin second' } }
  await writeAudit(source.manager, [forged])
  await writeAudit(source.manager, [event, event])
  expect(await sealed('twin')).toEqual(['twin second', 'twin first'])
  await writeAudit(source.manager, [event])
  expect(await sealed('twin')).toHaveLength(2)
})
