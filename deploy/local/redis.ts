import { spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'

import { freePort } from './ports.js'

export interface PrivateRedis extends AsyncDisposable {
  url: string
  pid: number
}

/** The server's program: `redis-server` or `valkey-server` from the PATH. Undefined when there is none. */
export const findRedis = (): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .concat('/usr/bin', '/usr/local/bin')
    .flatMap((folder) => ['redis-server', 'valkey-server'].map((name) => path.join(folder, name)))
    .find((program) => existsSync(program))

/**
 * Starts a private Redis on a free loopback port: append-only file synced every second, nothing ever evicted.
 * @throws Error with the three ways to get one when no program is found, or with its own words when it fails.
 */
export async function startRedis({
  folder,
  password,
  databases = 16,
  port: chosen,
}: {
  folder: string
  password: string
  databases?: number
  /** Where it was before; left out: a free port. */
  port?: number
}): Promise<PrivateRedis> {
  const program = findRedis()
  if (!program) {
    throw new Error(
      'no Redis was found. Three ways to get one:\n  1. Debian or Ubuntu: apt-get install redis-server (macOS: brew install redis)\n  2. install valkey-server and put it on the PATH\n  3. set SOTP_REDIS_URL to a Redis 6.2 or newer that runs elsewhere',
    )
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const port = chosen ?? (await freePort())
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    databases,
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
    save: '""',
    daemonize: 'no',
    loglevel: 'warning',
  }
  const server = spawn(program, ['-'], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  let said = ''
  server.stdout.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4000)
  })
  server.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4000)
  })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  // By standard input, so that the password is in no process list.
  server.stdin.end(
    [...Object.entries(settings).map(([name, value]) => `${name} ${value}`), `requirepass ${password}`].join(
      '\n',
    ),
  )
  await answers(
    port,
    password,
    () => server.exitCode !== null,
    () => said,
  )
  return {
    url: `redis://:${encodeURIComponent(password)}@127.0.0.1:${port}`,
    pid: server.pid ?? 0,
    async [Symbol.asyncDispose]() {
      server.kill('SIGTERM')
      await ended
    },
  }
}

async function answers(
  port: number,
  password: string,
  ended: () => boolean,
  said: () => string,
): Promise<void> {
  const { Redis } = await import('ioredis')
  const deadline = Date.now() + 30_000
  for (;;) {
    const redis = new Redis({
      port,
      host: '127.0.0.1',
      password,
      lazyConnect: true,
      retryStrategy: () => null,
    })
    redis.on('error', () => {})
    try {
      await redis.connect()
      // Not PONG but LOADING while it still reads its append-only file.
      await redis.ping()
      return
    } catch {
      if (ended() || Date.now() > deadline) throw new Error(`Redis did not start:\n${said()}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    } finally {
      redis.disconnect()
    }
  }
}
