import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { Identity } from '#core/contract/identity.js'
import { patient } from '#core/service/redis.js'

import { startRedis } from '../../deploy/local/redis.js'
import { freshRedis } from '../../tests/kit/stores.js'
import { networkOf, openRate, type Rate, type RateClient } from './rate.js'

const identity = (kind: Identity['kind'], id: string): Identity => ({
  kind,
  userId: `user-${id}`,
  email: '',
  name: '',
  sessionId: `session-${id}`,
  grants: [],
  scopes: null,
  expiresAt: Number.MAX_SAFE_INTEGER,
})
const user = (id: string): RateClient => ({ identity: identity('USER', id), ip: '192.0.2.1' })
const stranger = (ip: string): RateClient => ({ identity: null, ip })

let redis: Redis
let rates: Rate[] = []
const open = (perMinute = 1000, anonymousPerMinute = 100): Rate => {
  const rate = openRate({ redis, perMinute, anonymousPerMinute })
  rates.push(rate)
  return rate
}
beforeEach(async () => {
  redis = new Redis(await freshRedis(), patient)
  await redis.ping()
})
afterEach(() => {
  for (const rate of rates) rate[Symbol.dispose]()
  rates = []
  redis.disconnect()
})
const left = (rate: Rate, client: RateClient, cost: number) => {
  const taken = rate.admitCost(client, cost)
  return 'refused' in taken ? taken.refused.extensions : taken.remaining
}

describe('the rate of a client', () => {
  test('is bounded, and told how long to wait', () => {
    const rate = open()
    expect(left(rate, user('a'), 600)).toBe(400)
    const refused = left(rate, user('a'), 401)
    expect(refused).toMatchObject({ code: 'RATE_LIMITED' })
    const { retryAfterSeconds } = refused as { retryAfterSeconds: number }
    expect(retryAfterSeconds).toBeGreaterThan(50)
    expect(retryAfterSeconds).toBeLessThanOrEqual(60)
    expect(left(rate, user('a'), 400)).toBe(0)
    // What can never be paid is not worth waiting for.
    expect(left(rate, user('a'), 1001)).toMatchObject({ code: 'QUERY_TOO_COMPLEX', limit: 1000 })
  })

  test('is its own: users, tokens, addresses', () => {
    const rate = open()
    expect(left(rate, user('a'), 1000)).toBe(0)
    expect(left(rate, user('b'), 1)).toBe(999)
    expect(left(rate, { identity: identity('API_TOKEN', 'a'), ip: null }, 1)).toBe(999)
    expect(left(rate, stranger('192.0.2.1'), 100)).toBe(0)
    expect(left(rate, stranger('192.0.2.2'), 1)).toBe(99)
    expect(left(rate, stranger('2001:db8::1'), 1)).toBe(99)
    expect(left(rate, stranger('2001:db8::ffff:2'), 1)).toBe(98)
  })

  test('holds over several gateways, which tell each other in the background', async () => {
    const [one, other] = [open(), open()]
    expect(left(one, user('a'), 700)).toBe(300)
    await expect.poll(() => redis.keys('sotp:rate*')).toHaveLength(1)
    // The other gateway does not know yet: its first answer is its own, its next knows.
    left(other, user('a'), 1)
    await expect.poll(() => left(other, user('a'), 0)).toBe(299)
    expect(left(other, user('a'), 300)).toMatchObject({ code: 'RATE_LIMITED' })
    left(other, user('a'), 200)
    await expect.poll(() => left(one, user('a'), 1), { timeout: 5000 }).toBeLessThan(100)
  })

  test('has no bound where it is set to 0', () => {
    const rate = open(0, 0)
    expect(left(rate, user('a'), 1e9)).toBeNull()
    rate.charge(stranger('192.0.2.1'), 1e9)
    expect(left(rate, stranger('192.0.2.1'), 1e9)).toBeNull()
  })

  test('goes on when Redis goes away', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sotp-rate-'))
    await using own = await startRedis({ folder, password: 'x' })
    redis.disconnect()
    redis = new Redis(own.url, patient)
    redis.on('error', () => {})
    await redis.ping()
    const rate = open()
    expect(left(rate, user('a'), 100)).toBe(900)
    await expect.poll(() => redis.keys('sotp:rate*')).toHaveLength(1)
    await own[Symbol.asyncDispose]()
    await expect.poll(() => redis.status).not.toBe('ready')
    expect(left(rate, user('a'), 500)).toBe(400)
    expect(left(rate, user('b'), 500)).toBe(500)
    expect(left(rate, user('a'), 400)).toBe(0)
    expect(left(rate, user('a'), 1)).toMatchObject({ code: 'RATE_LIMITED' })
    rmSync(folder, { recursive: true })
  })
})

test('the network of an address is a /64 of IPv6, and one address of IPv4', () => {
  expect(networkOf('192.0.2.7')).toBe('192.0.2.7')
  expect(networkOf('2001:DB8:0:1:2:3:4:5')).toBe('2001:db8:0:1::/64')
  expect(networkOf('2001:db8::5')).toBe('2001:db8:0:0::/64')
  expect(networkOf('::1')).toBe('0:0:0:0::/64')
  expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64')
})
