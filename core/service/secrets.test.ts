import { randomBytes } from 'node:crypto'
import { format, inspect } from 'node:util'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'

import { freshRedis } from '#tests/kit/stores.js'

import { createLog } from './log.js'
import { openSecretBox, openSecretShelf, Secret } from './secrets.js'

const key = () => randomBytes(32).toString('base64')

test('a secret prints as redacted wherever it ends up', () => {
  const secret = new Secret('hunter2')
  let logged = ''
  const log = createLog('test', 'info', {
    write: (line) => {
      logged += line
    },
  })
  log.info(
    { secret, deep: [{ secret }], err: Object.assign(new Error(`no ${secret}`), { secret }) },
    `${secret}`,
  )
  const texts = [
    `${secret}`,
    `said ${[secret]}`,
    JSON.stringify({ secret, deep: [{ secret }] }),
    inspect({ a: { b: { c: [secret, new Map([['k', secret]])] } } }, { depth: null, showHidden: true }),
    inspect(Object.assign(new Error(`refused ${secret}`), { secret })),
    format('%s %o %j', secret, { secret }, { secret }),
    logged,
  ]
  for (const text of texts) {
    expect(text).toContain('[redacted]')
    expect(text).not.toContain('hunter2')
  }
  for (const text of [
    inspect(secret, { customInspect: false, showHidden: true }),
    Object.entries(secret).join(),
  ])
    expect(text).not.toContain('hunter2')
  expect(secret.reveal()).toBe('hunter2')
})

test('what was sealed opens only with its key, under its name, and unchanged', () => {
  const box = openSecretBox(key())
  const sealed = box.seal('snmp', 'public')
  expect(sealed).not.toContain('public')
  expect(box.seal('snmp', 'public')).not.toBe(sealed)
  expect(box.open('snmp', sealed).reveal()).toBe('public')
  expect(() => box.open('ssh', sealed)).toThrow()
  expect(() => openSecretBox(key()).open('snmp', sealed)).toThrow()
  expect(() => box.open('snmp', `${sealed.slice(0, -2)}AA`)).toThrow()
  for (const wrong of ['', 'v0.x', 'v1.x', 'v2.x.y.z', `${sealed}.x`])
    expect(() => box.open('snmp', wrong)).toThrow('unknown format')
})

test('a tag that was cut short opens nothing', () => {
  const box = openSecretBox(key())
  const [version, id, iv, tag = '', body] = box.seal('snmp', 'public').split('.')
  const cut = Buffer.from(tag, 'base64url').subarray(0, 4).toString('base64url')
  expect(() => box.open('snmp', [version, id, iv, cut, body].join('.'))).toThrow('cannot be opened')
})

test('old keys open what they sealed, and only the current one seals', () => {
  const [first, second] = [key(), key()]
  const sealed = openSecretBox(first).seal('a', 'public')
  const both = openSecretBox(second, [first])
  expect(both.open('a', sealed).reveal()).toBe('public')
  expect(both.isCurrent(sealed)).toBe(false)
  const again = both.seal('a', 'public')
  expect(both.isCurrent(again)).toBe(true)
  expect(openSecretBox(second).open('a', again).reveal()).toBe('public')
  expect(() => openSecretBox(first).open('a', again)).toThrow('another key')
  expect(again).not.toContain(second)
})

test('what an earlier release sealed, without the name of a key, is opened with whichever key fits', () => {
  // Sealed by version 0.1.0 with 32 bytes of 7.
  const sealed = 'v1.AAECAwQFBgcICQoL.SkFwnkh6zcAmua8Ux8oIDg.aPSLHHRq'
  const old = Buffer.alloc(32, 7).toString('base64')
  expect(openSecretBox(old).open('a', sealed).reveal()).toBe('public')
  const both = openSecretBox(key(), [old])
  expect(both.open('a', sealed).reveal()).toBe('public')
  expect(both.isCurrent(sealed)).toBe(false)
  expect(() => openSecretBox(key()).open('a', sealed)).toThrow('cannot be opened')
})

test('the shelf holds only sealed texts', async () => {
  const redis = new Redis(await freshRedis())
  const box = openSecretBox(key())
  const shelf = openSecretShelf(redis, box)
  await shelf.publish(new Map([['a', box.seal('a', 'canary-4711')]]))
  expect((await shelf.get('a'))?.reveal()).toBe('canary-4711')
  expect(JSON.stringify(await redis.hgetall('sotp:secrets'))).not.toContain('canary-4711')
  await shelf.remove('a')
  expect(await shelf.get('a')).toBeUndefined()
  redis.disconnect()
})
