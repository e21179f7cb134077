import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'

import { freshRedis } from '#tests/kit/stores.js'

import { openSecretBox, openSecretShelf, Secret } from './secrets.js'

const key = () => randomBytes(32).toString('base64')

test('a secret prints as redacted wherever it ends up', () => {
  const secret = new Secret('hunter2')
  for (const text of [`${secret}`, JSON.stringify({ secret }), inspect({ secret }), String(secret)]) {
    expect(text).toContain('[redacted]')
    expect(text).not.toContain('hunter2')
  }
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
  expect(() => box.open('snmp', 'v0.x')).toThrow('unknown format')
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
