import { type ChildProcess, fork } from 'node:child_process'
import process from 'node:process'

import { freePort } from '#deploy/local/ports.js'

/** The real thing, each part a process of its own as in Kubernetes. */
export interface Product extends AsyncDisposable {
  /** Origins of the gateways. */
  urls: string[]
}

/** Inventory, telemetry and two gateways over the given stores; the others are not asked for anything. */
export async function startProduct(redisUrl: string, databaseUrl: string): Promise<Product> {
  await using stack = new AsyncDisposableStack()
  const common = {
    SOTP_DATABASE_URL: databaseUrl,
    SOTP_REDIS_URL: redisUrl,
    SOTP_SECRETS_KEY: Buffer.alloc(32).toString('base64'),
    SOTP_INTERNAL_KEY: 'x'.repeat(40),
    SOTP_LOG_LEVEL: 'fatal',
  }
  const links: string[] = []
  for (const name of ['inventory', 'telemetry', 'alerting', 'auth', 'platform']) {
    const port = String(await freePort())
    links.push(`${name}=http://127.0.0.1:${port}`)
    if (name === 'inventory' || name === 'telemetry')
      stack.use(await startTarget(name, { ...common, SOTP_LISTEN_PORT: port }))
  }
  const urls: string[] = []
  for (let n = 0; n < 2; n++) {
    const port = String(await freePort())
    const settings = { SOTP_GATEWAY_SUBGRAPHS: links.join(','), SOTP_HTTP_PORT: port }
    stack.use(await startTarget('gateway', { ...common, ...settings }))
    urls.push(`http://127.0.0.1:${port}`)
  }
  const owned = stack.move()
  return { urls, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** @throws Error when it ends before it is ready. */
async function startTarget(name: string, env: Record<string, string>): Promise<AsyncDisposable> {
  const child = fork(new URL('../../../deploy/local/process.js', import.meta.url), [`--target=${name}`], {
    env: { ...process.env, NODE_ENV: 'production', ...env },
  })
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)))
  })
  return { [Symbol.asyncDispose]: () => stop(child) }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const late = setTimeout(() => child.kill('SIGKILL'), 5000)
  child.kill('SIGTERM')
  await ended
  clearTimeout(late)
}
