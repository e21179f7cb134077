import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'

import { startOwnRedis, tlsMissing } from '#tests/kit/own-redis.js'

import { createLog } from './log.js'
import { openRedis, RedisAway, trustForRedis, within } from './redis.js'

const log = createLog('test', 'silent')
afterEach(() => trustForRedis(undefined))

test('rediss:// is trusted by the certificate that was given, and by no other', async ({ skip }) => {
  const missing = tlsMissing()
  skip(missing !== undefined, missing)
  await using stack = new AsyncDisposableStack()
  const server = stack.use(await startOwnRedis({ tls: true }))
  const open = () => stack.adopt(openRedis(server.url, log), (redis) => redis.disconnect())

  trustForRedis(readFileSync(server.caFile, 'utf8'))
  const trusting = open()
  await expect.poll(() => within(trusting.ping(), 500).catch(() => ''), { timeout: 10_000 }).toBe('PONG')
  trustForRedis(undefined)
  await expect(within(open().ping(), 500)).rejects.toThrow(RedisAway)
})
