import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { freePort } from '#deploy/local/ports.js'

export interface Product extends AsyncDisposable {
  url: string
  admin: { email: string; password: string }
  stateDir: string
  /** What the launcher printed so far. */
  said: () => string
  /** Process ids of the children by name, newest first, as the launcher wrote them down. */
  supervisor: ChildProcess
  /** How long it took from the start of the launcher to its ready block, ms. */
  readyAfterMs: number
  stop: (signal?: NodeJS.Signals) => Promise<number | null>
}

const root = path.resolve(import.meta.dirname, '../..').replace(/\/dist$/, '')
const readyWithinMs = 90_000

/** The last lines of every log, for a test that failed to say why. */
function lastWords(stateDir: string): string {
  const logs = path.join(stateDir, 'logs')
  if (!existsSync(logs)) return ''
  const tail = (name: string) =>
    readFileSync(path.join(logs, name), 'utf8').trim().split('\n').slice(-8).join('\n')
  return readdirSync(logs)
    .map((name) => `== ${name}\n${tail(name)}`)
    .join('\n')
}

/** Starts the whole product as `npm start` does, on a state folder of its own. */
export async function startProduct({
  args = [],
  env = {},
  within = [],
  stateDir = mkdtempSync(path.join(tmpdir(), 'sotp-e2e-')),
  port: chosen,
}: {
  args?: readonly string[]
  /** A command that runs the product, as `nice -n 10`. It must become the product (`exec`), so that signals reach it. */
  within?: readonly string[]
  env?: Readonly<Record<string, string>>
  stateDir?: string
  /** Where it listens, for who must know that before it starts; left out: any free port. */
  port?: number
} = {}): Promise<Product> {
  chmodSync(stateDir, 0o755)
  const port = chosen ?? (await freePort())
  const startedAt = Date.now()
  const [program = '', ...rest] = [
    ...within,
    process.execPath,
    path.join(root, 'dist/deploy/local/main.js'),
    ...args,
  ]
  const supervisor = spawn(program, rest, {
    cwd: root,
    // A network and a control port of its own, so that a lab or other tests that run beside it are not in the way.
    env: {
      ...process.env,
      SOTP_STATE_DIR: stateDir,
      SOTP_HTTP_PORT: String(port),
      SOTP_LAB_NETWORK: `127.${150 + ((2 * process.ppid + Number(process.env['VITEST_POOL_ID'] ?? 0)) % 100)}`,
      SOTP_LAB_CONTROL_PORT: '0',
      SOTP_COLLECTORS_TRAP_PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const ended = new Promise<number | null>((resolve) => supervisor.once('exit', resolve))
  await new Promise<void>((resolve, reject) => {
    const fail = async (why: string) => {
      const words = lastWords(stateDir)
      // Whoever called gets no product to dispose, so nothing may go on running.
      supervisor.kill('SIGTERM')
      await ended
      reject(new Error(`the product did not start (${why}):\n${output}\n${words}`))
    }
    const timer = setTimeout(() => void fail(`not ready within ${readyWithinMs / 1000} s`), readyWithinMs)
    const hear = (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes('Ctrl-C')) resolve(clearTimeout(timer))
    }
    supervisor.stdout?.on('data', hear)
    supervisor.stderr?.on('data', hear)
    supervisor.once('exit', (code) => {
      clearTimeout(timer)
      void fail(`it ended with ${code}`)
    })
  })
  const readyAfterMs = Date.now() - startedAt
  const { adminPassword } = JSON.parse(readFileSync(path.join(stateDir, 'secrets.json'), 'utf8')) as {
    adminPassword: string
  }
  const stop = (signal: NodeJS.Signals = 'SIGTERM') => {
    supervisor.kill(signal)
    return ended
  }
  return {
    url: `http://127.0.0.1:${port}`,
    admin: { email: 'admin@sotp.local', password: env['SOTP_ADMIN_PASSWORD'] ?? adminPassword },
    stateDir,
    said: () => output,
    supervisor,
    readyAfterMs,
    stop,
    async [Symbol.asyncDispose]() {
      if (supervisor.exitCode === null) await stop()
      rmSync(stateDir, { recursive: true, force: true })
    },
  }
}
