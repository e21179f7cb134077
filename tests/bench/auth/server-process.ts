import { argon2 } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { parentPort, workerData } from 'node:worker_threads'

import { compose } from '#core/service/compose.js'
import { chassisConfig, readConfigs } from '#core/service/config.js'
import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { config as gatewayConfig, start as startGateway } from '#gateway/main.js'
import { config as authConfig, start as startAuth } from '#subgraphs/auth/main.js'
import { hashCost } from '#subgraphs/auth/user/password.js'

/** The auth subgraph and a gateway over it in a thread of its own, which tells how long its event loop was held. */

export interface ServerData {
  databaseUrl: string
  redisUrl: string
  email: string
  password: string
}
/** `watch` begins to watch the event loop, `tell` answers with the longest hold since, in ms. */
export type ServerCall = 'watch' | 'tell' | 'hash' | 'stop'

const { databaseUrl, redisUrl, email, password } = workerData as ServerData
const log = createLog('bench', 'silent')
const health = new Health()
const { chassis, auth, gateway } = readConfigs(
  { chassis: chassisConfig, auth: authConfig, gateway: gatewayConfig },
  {
    SOTP_DATABASE_URL: databaseUrl,
    SOTP_REDIS_URL: redisUrl,
    SOTP_SECRETS_KEY: Buffer.alloc(32).toString('base64'),
    SOTP_INTERNAL_KEY: 'x'.repeat(40),
    SOTP_ADMIN_EMAIL: email,
    SOTP_ADMIN_PASSWORD: password,
    SOTP_HTTP_PORT: '0',
    SOTP_GATEWAY_RATE_ANONYMOUS_PER_MINUTE: '0',
  },
)
const stack = new AsyncDisposableStack()
const { subgraph } = stack.use(await startAuth({ config: { ...chassis, ...auth }, log, health }))
const { supergraph } = compose({ auth: subgraph.sdl })
const config = { ...chassis, ...gateway }
const { url } = stack.use(await startGateway({ config, log, health, supergraph, local: [subgraph] }))

const resolutionMs = 1
const delay = monitorEventLoopDelay({ resolution: resolutionMs })
delay.enable()
const derive = promisify(argon2)
/** The same work by the library alone. */
const hash = () =>
  derive('argon2id', {
    message: Buffer.from(password),
    nonce: Buffer.alloc(16),
    parallelism: hashCost.lanes,
    tagLength: 32,
    memory: hashCost.memoryKib,
    passes: hashCost.passes,
  })

const calls: Record<ServerCall, () => unknown> = {
  watch: () => delay.reset(),
  tell: () => delay.max / 1e6 - resolutionMs,
  async hash() {
    const startedAt = performance.now()
    await hash()
    return performance.now() - startedAt
  },
  async stop() {
    await stack.disposeAsync()
    // Whoever waits for the answer gets it before the thread is gone.
    setImmediate(() => sleep(0).then(() => process.exit(0)))
  },
}
parentPort?.on('message', async ({ id, call }: { id: number; call: ServerCall }) =>
  parentPort?.postMessage({ id, value: await calls[call]() }),
)
parentPort?.postMessage({ id: 0, value: url })
