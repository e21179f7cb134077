import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { everywhere, someone } from '#tests/kit/identity.js'
import { tokenMint } from '#tests/kit/small-graph.js'
import { freshRedis } from '#tests/kit/stores.js'

import { type AccessChanged, apiTokensKey, apiTokensUsedKey } from '../contract/access.js'
import { type Authenticator, openAuthenticator } from './authenticator.js'
import { createLog } from './log.js'
import { openRedis } from './redis.js'
import { openTopics } from './topics.js'

const log = createLog('test', 'silent')
const stack = new AsyncDisposableStack()
let authenticator: Authenticator
let topics: ReturnType<typeof openTopics>
let redis: ReturnType<typeof openRedis>
let token: Awaited<ReturnType<typeof tokenMint>>

beforeAll(async () => {
  const redisUrl = await freshRedis()
  redis = stack.adopt(openRedis(redisUrl, log), (opened) => opened.disconnect())
  topics = stack.use(openTopics({ redisUrl, log }))
  token = await tokenMint(redisUrl)
  authenticator = stack.use(await openAuthenticator({ redis, topics, log }))
})
afterAll(() => stack.disposeAsync())

/** Outbox ids are microseconds. */
let lastId = BigInt(Date.now()) * 1000n
const changed = (change: Partial<AccessChanged> & { userId: string }) => {
  lastId += 1n
  const nothing = { grants: null, endedSessionIds: [] }
  const event = { v: 1 as const, kind: 'access.changed' as const, ...nothing, at: Date.now(), ...change }
  return topics.publish('access.changed', event, lastId)
}

test('gives an older token the grants of now', async () => {
  const userId = randomUUID()
  const bearer = await token({ userId })
  expect((await authenticator.authenticate(bearer)).grants).toEqual(everywhere('ADMIN'))
  const site = randomUUID()
  await changed({ userId, grants: [{ role: 'VIEWER', siteIds: [site] }] })
  await expect
    .poll(async () => (await authenticator.authenticate(bearer)).grants)
    .toEqual([{ role: 'VIEWER', siteIds: [site] }])
})

test('refuses the token of a session that has ended, and tells listeners', async () => {
  const heard: string[] = []
  const leave = authenticator.onChange((change) => heard.push(change.userId))
  const identity = await authenticator.authenticate(await token())
  await changed({ userId: identity.userId, endedSessionIds: [identity.sessionId] })
  await expect.poll(() => heard).toEqual([identity.userId])
  expect(() => authenticator.current(identity)).toThrow(expect.objectContaining({ code: 'TOKEN_INVALID' }))
  leave()
  await changed({ userId: identity.userId })
  expect(authenticator.current(someone({ userId: randomUUID() }))).toMatchObject({ kind: 'USER' })
  expect(heard).toHaveLength(1)
})

test('knows API tokens by their hash, with the scopes it understands, until they end', async () => {
  const bearer = `sotp_pat_${randomUUID()}`
  const record = {
    tokenId: randomUUID(),
    userId: randomUUID(),
    email: 'a@example.net',
    name: 'Script',
    grants: everywhere('ADMIN'),
    scopes: ['device.read', 'teleport.write'],
    expiresAt: null,
  }
  await redis.hset(apiTokensKey, createHash('sha256').update(bearer).digest('hex'), JSON.stringify(record))
  expect(await authenticator.authenticate(bearer)).toMatchObject({
    kind: 'API_TOKEN',
    sessionId: record.tokenId,
    scopes: ['device.read'],
  })
  await changed({ userId: record.userId, endedSessionIds: [record.tokenId] })
  await expect
    .poll(() =>
      authenticator.authenticate(bearer).then(
        () => 'yes',
        (error) => error.code,
      ),
    )
    .toBe('TOKEN_INVALID')
  await expect(authenticator.authenticate('sotp_pat_unknown')).rejects.toMatchObject({
    code: 'TOKEN_INVALID',
  })
  expect(await redis.hexists(apiTokensUsedKey, record.tokenId)).toBe(0)
})

test('learns on its start what changed before', async () => {
  const identity = await authenticator.authenticate(await token())
  await changed({ userId: identity.userId, endedSessionIds: [identity.sessionId] })
  await using later = await openAuthenticator({ redis, topics, log })
  await expect
    .poll(() => {
      try {
        return later.current(identity).kind
      } catch {
        return 'ended'
      }
    })
    .toBe('ended')
})
