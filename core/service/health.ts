import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Redis } from 'ioredis'

import type { Log } from './log.js'
import { registry } from './metrics.js'

/** Resolves while the component works; throws with the reason while it does not. */
export type Check = () => Promise<void>

export interface ComponentHealth {
  name: string
  ok: boolean
  /** Why not; null while it works. */
  message: string | null
}

/** Components of one process by name. */
export class Health {
  readonly #checks = new Map<string, Check>()
  #stopping = false

  add(name: string, check: Check): void {
    this.#checks.set(name, check)
  }

  /** From now on not ready: load balancers send nothing more while the process drains. */
  stopping(): void {
    this.#stopping = true
  }

  async report(): Promise<{ ready: boolean; components: ComponentHealth[] }> {
    const components = await Promise.all([...this.#checks].map(([name, check]) => run(name, check)))
    return { ready: !this.#stopping && components.every(({ ok }) => ok), components }
  }
}

async function run(name: string, check: Check): Promise<ComponentHealth> {
  const limit = new Promise<never>((_, reject) =>
    setTimeout(() => reject(new Error('no answer within 2 s')), 2000).unref(),
  )
  try {
    await Promise.race([check(), limit])
    return { name, ok: true, message: null }
  } catch (error) {
    return { name, ok: false, message: error instanceof Error ? error.message : String(error) }
  }
}

const beatKey = (target: string) => `sotp:heartbeat:${target}`
const beatEveryMs = 2000
const beatLastsMs = 8000

/** Tells other processes, through Redis, that `target` is alive; carries its own health report. */
export function startHeartbeat(redis: Redis, target: string, health: Health): Disposable {
  const beat = async () =>
    redis.set(beatKey(target), JSON.stringify(await health.report()), 'PX', beatLastsMs)
  const timer = setInterval(() => beat().catch(() => {}), beatEveryMs)
  beat().catch(() => {})
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/** A check that another process's heartbeat is fresh and says that it is ready. */
export const heartbeatCheck =
  (redis: Redis, target: string): Check =>
  async () => {
    const text = await redis.get(beatKey(target))
    if (text === null) throw new Error(`no heartbeat of ${target} for ${beatLastsMs / 1000} s`)
    const { ready, components } = JSON.parse(text) as { ready: boolean; components: ComponentHealth[] }
    if (!ready) throw new Error(components.find(({ ok }) => !ok)?.message ?? `${target} is stopping`)
  }

/** `/healthz` (the process turns), `/readyz` (its components work) and `/metrics` (Prometheus) for a process without a door of its own. */
export async function serveHealth({
  health,
  port,
  host,
  log,
}: {
  health: Health
  port: number
  host: string
  log: Log
}): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer((request, response) => {
    answerHealth(health, request.url ?? '').then(
      (answer) => {
        if (!answer) return response.writeHead(404).end()
        return response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body)
      },
      (error: unknown) => {
        log.error({ err: error }, 'health could not be told')
        response.writeHead(500).end()
      },
    )
  })
  await listen(server, port, host)
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What to say to a probe; undefined for any other path. */
export async function answerHealth(
  health: Health,
  url: string,
): Promise<{ status: number; type: string; body: string } | undefined> {
  const json = 'application/json; charset=utf-8'
  const path = url.split('?')[0]
  if (path === '/healthz') return { status: 200, type: json, body: '{"status":"ok"}' }
  if (path === '/metrics') return { status: 200, type: registry.contentType, body: await registry.metrics() }
  if (path !== '/readyz') return undefined
  const report = await health.report()
  return { status: report.ready ? 200 : 503, type: json, body: JSON.stringify(report) }
}

/** Listens, or fails naming the port that is taken. */
export function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`port ${port} on ${host} is taken by another program`, { cause: error })
          : error,
      ),
    )
    server.listen(port, host, () => resolve())
  })
}
