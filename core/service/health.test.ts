import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'

import { freshRedis } from '#tests/kit/stores.js'

import { Health, heartbeatCheck, serveHealth, startHeartbeat } from './health.js'
import { createLog } from './log.js'
import { count } from './metrics.js'

const log = createLog('test', 'silent')

test('is ready only while every component works, and says which does not', async () => {
  const health = new Health()
  let works = false
  health.add('store', async () => {
    if (!works) throw new Error('no store')
  })
  await using server = await serveHealth({ health, port: 0, host: '127.0.0.1', log })
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`)
    return { status: response.status, text: await response.text() }
  }
  expect(await ask('/healthz')).toMatchObject({ status: 200 })
  expect(await ask('/readyz')).toMatchObject({ status: 503, text: expect.stringContaining('no store') })
  works = true
  expect(await ask('/readyz')).toMatchObject({ status: 200 })
  health.stopping()
  expect((await ask('/readyz')).status).toBe(503)
  count('sotp_test_things_total', { kind: 'a' }, 2)
  expect((await ask('/metrics')).text).toContain('sotp_test_things_total{kind="a"} 2')
  expect((await ask('/other')).status).toBe(404)
})

test('a process is known by its heartbeat', async () => {
  const redis = new Redis(await freshRedis())
  const check = heartbeatCheck(redis, 'ingest')
  await expect(check()).rejects.toThrow('no heartbeat of ingest')
  const health = new Health()
  using _beat = startHeartbeat(redis, 'ingest', health)
  await expect.poll(() => check().then(() => 'ok', String)).toBe('ok')
  redis.disconnect()
})

test('a taken port is named', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as AddressInfo
  await expect(serveHealth({ health: new Health(), port, host: '127.0.0.1', log })).rejects.toThrow(
    `port ${port} on 127.0.0.1 is taken`,
  )
  taken.close()
})
