import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { type DerivedSecrets, openDerivedSecrets } from '#core/service/derived-secrets.js'
import { createLog } from '#core/service/log.js'
import { openSecretBox } from '#core/service/secrets.js'
import { stretchedHere } from '#core/service/snmp/usm-thread.js'
import { freshRedis } from '#tests/kit/stores.js'
import { UsmKeys, type UsmUser } from './usm-keys.js'

const user: UsmUser = {
  kind: 'SNMP_V3',
  username: 'poller',
  authProtocol: 'SHA256',
  authKey: 'an authentication phrase',
  privProtocol: 'AES128',
  privKey: 'an encryption phrase',
}
const engines = Array.from({ length: 50 }, (_, n) => Buffer.from([0x80, 0, 0, n, 1, 2, 3]))

let redis: Redis
let kept: DerivedSecrets
const log = createLog('test', 'silent')
beforeAll(async () => {
  redis = new Redis(await freshRedis())
  kept = openDerivedSecrets(redis, openSecretBox(randomBytes(32).toString('base64')), log)
})
afterAll(() => redis.disconnect())

/** What a process makes of these engines, and how many pass phrases it had to stretch. */
async function process(of: UsmUser, credentialId: string, store: DerivedSecrets | undefined) {
  await using keys = new UsmKeys(store)
  const found = await Promise.all(engines.map((engine) => keys.of(of, credentialId, engine)))
  const hex = found.map(({ auth, priv }) => Buffer.concat([auth, priv]).toString('hex'))
  return { hex, stretched: keys.stretched }
}

test('two pass phrases are stretched for fifty engines, in a thread, and none by the next process', async () => {
  const first = await process(user, 'one', kept)
  expect(first.stretched).toBe(2)
  expect(new Set(first.hex).size).toBe(engines.length)
  expect(await process(user, 'one', kept)).toEqual({ hex: first.hex, stretched: 0 })
  expect(stretchedHere).toBe(0)
})

test('what is kept is sealed, and belongs to one credential and engine', async () => {
  const { hex } = await process(user, 'sealed', kept)
  const raw = await redis.hgetall('sotp:derived:sealed')
  expect(Object.keys(raw)).toHaveLength(engines.length)
  const auth = Buffer.from(hex[0]?.slice(0, 64) ?? '', 'hex').toString('base64')
  expect(JSON.stringify(raw)).not.toContain(auth)
  // Moved under another credential, or another engine, a text opens no more, and the keys are derived anew.
  await redis.hset('sotp:derived:other', raw)
  expect(await process(user, 'other', kept)).toEqual({ hex, stretched: 2 })
  const [first = '', second = ''] = Object.keys(raw)
  await redis.hset('sotp:derived:sealed', first, raw[second] ?? '')
  expect((await process(user, 'sealed', kept)).hex).toEqual(hex)
})

test('a credential that changed gets new keys, and a forgotten one has none', async () => {
  const before = await process(user, 'changed', kept)
  const after = await process({ ...user, authKey: 'another phrase' }, 'changed', kept)
  expect(after.stretched).toBe(2)
  expect(after.hex).not.toEqual(before.hex)
  await kept.forget('changed')
  expect(await redis.exists('sotp:derived:changed')).toBe(0)
  expect((await process(user, 'changed', kept)).stretched).toBe(2)
})

test('a store that is away, or sealed with another key, costs the keys and nothing else', async () => {
  const { hex } = await process(user, 'rekeyed', kept)
  const other = openDerivedSecrets(redis, openSecretBox(randomBytes(32).toString('base64')), log)
  expect(await process(user, 'rekeyed', other)).toEqual({ hex, stretched: 2 })
  const away = new Redis({ port: 1, lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null })
  away.on('error', () => {})
  const gone = openDerivedSecrets(away, openSecretBox(randomBytes(32).toString('base64')), log)
  expect(await process(user, 'away', gone)).toEqual({ hex, stretched: 2 })
})
