import { Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'

import { freshRedis } from '../../tests/kit/stores.js'
import { AddressUnresolved, openResolver } from './collector-address.js'
import { type Credentials, openCredentials } from './collector-credentials.js'
import { openSecretBox, openSecretShelf } from './secrets.js'

const key = Buffer.alloc(32, 7).toString('base64')

describe('credentials', () => {
  const box = openSecretBox(key)
  test('are taken in order, by kind, and their secrets are printed nowhere', async () => {
    const redis = new Redis(await freshRedis())
    const shelf = openSecretShelf(redis, box)
    const v3 = {
      kind: 'SNMP_V3',
      username: 'u',
      authProtocol: null,
      authKey: null,
      privProtocol: null,
      privKey: null,
    }
    const community = (text: string) => JSON.stringify({ kind: 'SNMP_COMMUNITY', community: text })
    await shelf.publish(
      new Map([
        ['a', box.seal('a', JSON.stringify(v3))],
        ['b', box.seal('b', community('first'))],
        ['c', box.seal('c', community('second'))],
        ['bad', box.seal('bad', community('hush').replace('community"', 'commmunity"'))],
        ['foreign', openSecretBox(Buffer.alloc(32, 9).toString('base64')).seal('foreign', community('x'))],
      ]),
    )
    const opened: string[] = []
    const options = { keepMs: 60_000, opened: (ref: string) => opened.push(ref) }
    const credentials = openCredentials(shelf, options)
    const found = await credentials.first(['gone', 'a', 'b', 'c'], 'SNMP_COMMUNITY')
    expect(found?.reveal().community).toBe('first')
    expect(JSON.stringify({ found })).not.toContain('first')
    expect((await credentials.first(['c', 'a'], 'SNMP_V3'))?.reveal().username).toBe('u')
    expect(await credentials.first(['c'], 'SNMP_V3')).toBeUndefined()
    await expect(credentials.first(['bad'], 'SNMP_V3')).rejects.toThrow(
      /^credential bad does not fit the contract$/,
    )
    await expect(credentials.first(['foreign'], 'SNMP_V3')).rejects.toThrow()
    expect(opened).toEqual(['a', 'b', 'c', 'bad'])
    await openCredentials(shelf, options).first(['b'], 'SNMP_COMMUNITY')
    expect(opened.at(-1)).toBe('b')
    redis.disconnect()
  })

  test('that change are seen as soon as they are remembered no longer', async () => {
    const redis = new Redis(await freshRedis())
    const shelf = openSecretShelf(redis, box)
    const set = (community: string) => shelf.set('a', JSON.stringify({ kind: 'SNMP_COMMUNITY', community }))
    await set('before')
    const patient = openCredentials(shelf, { keepMs: 60_000, opened() {} })
    const brief = openCredentials(shelf, { keepMs: 1, opened() {} })
    const seenBy = async (credentials: Credentials) =>
      (await credentials.first(['a'], 'SNMP_COMMUNITY'))?.reveal().community
    expect(await Promise.all([patient, brief].map(seenBy))).toEqual(['before', 'before'])
    await set('after')
    await expect.poll(() => seenBy(brief), { timeout: 10_000 }).toBe('after')
    expect(await seenBy(patient)).toBe('before')
    redis.disconnect()
  })
})

describe('addresses', () => {
  test('that are numbers stay as they are; names are resolved; the rest is refused', async () => {
    const resolver = openResolver()
    expect(await resolver.resolve('192.0.2.1')).toBe('192.0.2.1')
    expect(await resolver.resolve('2001:db8::1')).toBe('2001:db8::1')
    expect(await resolver.resolve('localhost')).toMatch(/^(127\.0\.0\.1|::1)$/)
    expect(await resolver.resolve('localhost')).toMatch(/^(127\.0\.0\.1|::1)$/)
    for (const text of ['-h', '', 'a b', 'no-such-host.invalid']) {
      await expect(resolver.resolve(text)).rejects.toThrow(AddressUnresolved)
    }
  })
})
