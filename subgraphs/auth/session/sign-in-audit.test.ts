import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { type AuditLog, openAuditLog } from '#tests/kit/audit-log.js'
import { type AuthRoom, adminEmail, startAuth } from '#tests/kit/auth.js'

let room: AuthRoom
let log: AuditLog
beforeAll(async () => {
  room = await startAuth()
  log = openAuditLog({ databaseUrl: room.database, schema: 'auth' })
})
afterAll(async () => {
  await log.close()
  await room[Symbol.asyncDispose]()
})

/** What the log says of what somebody does without being signed in, the last first. */
async function told(work: () => Promise<unknown>) {
  const before = (await log.of('r1')).length
  await work()
  return (await log.of('r1')).slice(before).map(({ action, actor, target, outcome, reason }) => ({
    action,
    actor: actor.kind,
    label: actor.label,
    target: target?.id ?? null,
    outcome,
    reason,
  }))
}
const wrong = 'wrong-Password-17'

describe('a sign-in that is refused', () => {
  test('is told with the address that was claimed, and the user where there is one', async () => {
    const { rows } = await room.sql.query('SELECT id FROM account')
    const denied = { action: 'login', actor: 'ANONYMOUS', outcome: 'DENIED', reason: 'INVALID_CREDENTIALS' }
    expect(await told(() => room.client().login(adminEmail, wrong))).toEqual([
      { ...denied, label: adminEmail, target: rows[0].id },
    ])
    expect(await told(() => room.client().login('nobody@example.net', wrong))).toEqual([
      { ...denied, label: 'nobody@example.net', target: null },
    ])
    // It may be a password that was typed into the wrong box.
    expect(await told(() => room.client().login('my-Secret-17-password', wrong))).toEqual([
      { ...denied, label: '', target: null },
    ])
  })
  test('is told where it was not even looked at', async () => {
    for (let n = 0; n < 5; n += 1) await room.client().login('locked@example.net', wrong)
    expect(await told(() => room.client().login('locked@example.net', wrong))).toEqual([
      expect.objectContaining({ label: 'locked@example.net', outcome: 'DENIED', reason: 'RATE_LIMITED' }),
    ])
  })
  test('never holds the password, nor what was typed for it', async () => {
    const typed = 'typed-By-mistake-17'
    await room.client().login(adminEmail, typed)
    expect(await log.text()).not.toContain(typed)
  })
})

test('a refresh token that comes again is told as a theft, beside the refusal', async () => {
  const client = room.client()
  await client.login()
  const stolen = client.cookies.get('sotp_refresh') ?? ''
  await client.refresh()
  await room.sql.query(`UPDATE refresh_token SET used_at = used_at - interval '11 s'`)
  const thief = room.client()
  thief.cookies.set('sotp_refresh', stolen)
  const common = { actor: 'ANONYMOUS', label: adminEmail, target: client.identity?.sessionId }
  expect(await told(() => thief.refresh())).toEqual([
    { ...common, action: 'session.reuse', outcome: 'ALLOWED', reason: null },
    { ...common, action: 'refreshSession', outcome: 'DENIED', reason: 'TOKEN_INVALID' },
  ])
  expect(await log.text()).not.toContain(stolen)
})

test('a page that asks whether somebody is signed in leaves nothing', async () => {
  expect(await told(() => room.client().refresh())).toEqual([])
})

test('who is let in by the settings of the operator is told', async () => {
  const { rows } = await room.sql.query(
    `SELECT content::jsonb AS event FROM audit.inbox WHERE content::jsonb ->> 'action' = 'user.first'`,
  )
  expect(rows.map(({ event }) => event)).toEqual([
    expect.objectContaining({
      actor: expect.objectContaining({ kind: 'SYSTEM' }),
      target: expect.objectContaining({ type: 'User', label: `Administrator <${adminEmail}>` }),
      before: null,
    }),
  ])
})
