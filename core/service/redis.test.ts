import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'

import { freePort } from '#deploy/local/ports.js'
import { findRedis } from '#deploy/local/redis.js'

import { createLog } from './log.js'
import { openRedis, RedisAway, trustForRedis, within } from './redis.js'

const log = createLog('test', 'silent')
afterEach(() => trustForRedis(undefined))

test('rediss:// is trusted by the certificate that was given, and by no other', async () => {
  await using stack = new AsyncDisposableStack()
  const folder = stack.adopt(mkdtempSync(path.join(tmpdir(), 'redis-tls-')), (made) =>
    rmSync(made, { recursive: true, force: true }),
  )
  const [key, certificate] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')]
  const self = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
  ]
  const subject = ['-subj', '/CN=redis', '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync('openssl', [...self, ...subject, '-keyout', key, '-out', certificate], { stdio: 'ignore' })
  const port = await freePort()
  const tls = ['--port', '0', '--tls-port', `${port}`, '--tls-cert-file', certificate, '--tls-key-file', key]
  const server = spawn(
    findRedis() ?? 'redis-server',
    [...tls, '--tls-auth-clients', 'no', '--bind', '127.0.0.1', '--save', '', '--dir', folder],
    { stdio: 'ignore' },
  )
  stack.defer(() => void server.kill())
  const open = () => stack.adopt(openRedis(`rediss://127.0.0.1:${port}`, log), (redis) => redis.disconnect())

  trustForRedis(readFileSync(certificate, 'utf8'))
  const trusting = open()
  await expect.poll(() => within(trusting.ping(), 500).catch(() => ''), { timeout: 10_000 }).toBe('PONG')
  trustForRedis(undefined)
  await expect(within(open().ping(), 500)).rejects.toThrow(RedisAway)
})
