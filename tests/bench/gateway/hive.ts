import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

import { freePort } from '#deploy/local/ports.js'

import type { ServedGateway } from './query-load.js'

const packages = {
  '@graphql-hive/gateway': '2.15.1',
  '@graphql-hive/router-runtime': '1.4.23',
  graphql: '16.15.0',
}
const home = path.join(
  process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'),
  'sotp/bench/hive-gateway',
)
const program = path.join(home, 'node_modules/.bin/hive-gateway')
const startsWithinMs = 30_000

/** De-duplicates by the operation alone: the bench's callers are anonymous to Hive, so it may share most. */
const settings = `export const gatewayConfig = { inboundInflightRequestDeduplication: true, logging: false }\n`

/** Installs Hive Gateway into the user's cache, once; it is no dependency of SOTP. @throws when npm cannot. */
async function install(): Promise<void> {
  const there = Object.entries(packages).every(([name, version]) => {
    const file = path.join(home, 'node_modules', name, 'package.json')
    return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version === version
  })
  if (there) return
  mkdirSync(home, { recursive: true })
  const wanted = Object.entries(packages).map(([name, version]) => `${name}@${version}`)
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
  await promisify(execFile)('npm', ['install', '--prefix', home, ...options, ...wanted], { timeout: 180_000 })
}

/** Hive Gateway with its Rust query planner and inbound de-duplication. @throws Error saying why it does not run. */
export async function startHive(supergraph: string): Promise<ServedGateway> {
  await install()
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(path.join(tmpdir(), 'sotp-hive-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(path.join(folder, 'supergraph.graphql'), supergraph)
  writeFileSync(path.join(folder, 'gateway.config.mjs'), settings)
  const port = await freePort()
  const child = spawn(
    process.execPath,
    [program, 'supergraph', path.join(folder, 'supergraph.graphql'), '--hive-router-runtime', '--fork', '1']
      .concat(['--host', '127.0.0.1', '--port', String(port), '--disable-websockets'])
      .concat(['--config-path', path.join(folder, 'gateway.config.mjs')]),
    { cwd: home, env: { ...process.env, NODE_ENV: 'production' }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let said = ''
  for (const output of [child.stdout, child.stderr])
    output.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2000)
    })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  stack.defer(async () => {
    const late = setTimeout(() => child.kill('SIGKILL'), 2000)
    child.kill('SIGTERM')
    await ended
    clearTimeout(late)
  })
  const url = `http://127.0.0.1:${port}`
  const deadline = Date.now() + startsWithinMs
  while (!(await answers(url))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`it did not start: ${said}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const owned = stack.move()
  return { url, pid: child.pid ?? 0, tokens: [], [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

const answers = async (url: string): Promise<boolean> => {
  try {
    const body = JSON.stringify({ query: '{ __typename }' })
    const headers = { 'content-type': 'application/json' }
    return (await fetch(`${url}/graphql`, { method: 'POST', headers, body })).ok
  } catch {
    return false
  }
}
