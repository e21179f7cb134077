import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { freePort } from '#deploy/local/ports.js'
import { findRedis } from '#deploy/local/redis.js'

/** A Redis of the test's own, which keeps every write, and can be killed and started again. */
export interface OwnRedis extends AsyncDisposable {
  url: string
  /** With TLS: file with the certificate that vouches for it, in PEM. */
  caFile: string
  kill(): Promise<void>
  restart(): void
}

const program = findRedis() ?? 'redis-server'
const certificateName = 'cert.pem'
const nowhere = ['--port', '0', '--save', '']

/** Why no Redis with TLS can be had here; undefined where one can. */
export function tlsMissing(): string | undefined {
  // One that knows the setting says that it listens nowhere, any other that it does not know it.
  const { stdout, stderr } = spawnSync(program, [...nowhere, '--tls-port', '0'], { cwd: tmpdir() })
  return /bad directive/i.test(`${stdout}${stderr}`) ? `${program} is built without TLS` : undefined
}

/** Starts one on loopback; with `tls` it speaks nothing else, and a certificate of its own vouches for it. */
export async function startOwnRedis({ tls = false }: { tls?: boolean } = {}): Promise<OwnRedis> {
  const folder = mkdtempSync(path.join(tmpdir(), 'own-redis-'))
  const port = `${await freePort()}`
  const listen = tls ? ['--port', '0', '--tls-port', port, ...tlsFiles(folder)] : ['--port', port]
  const keep = ['--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always', '--save', '']
  const start = () => spawn(program, [...listen, '--bind', '127.0.0.1', ...keep], { stdio: 'ignore' })
  let server = start()
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGKILL')
    await ended
  }
  return {
    url: `${tls ? 'rediss' : 'redis'}://127.0.0.1:${port}`,
    caFile: path.join(folder, certificateName),
    kill,
    restart() {
      server = start()
    },
    async [Symbol.asyncDispose]() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Makes a key and a certificate that vouches for itself. @returns the settings that name them */
function tlsFiles(folder: string): string[] {
  const [key, certificate] = [path.join(folder, 'key.pem'), path.join(folder, certificateName)]
  const kind = [
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
  execFileSync('openssl', [...kind, ...subject, '-keyout', key, '-out', certificate], { stdio: 'ignore' })
  return ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-auth-clients', 'no']
}
