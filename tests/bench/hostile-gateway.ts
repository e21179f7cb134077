import { parentPort, workerData } from 'node:worker_threads'

import { chassisConfig, readConfigs } from '#core/service/config.js'
import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { config, start } from '#gateway/main.js'

import { smallGraph, tokenMint } from '../kit/small-graph.js'

/** A gateway over the small graph in a thread of its own, so that its client does not wait with it. */

const { redisUrl } = workerData as { redisUrl: string }
const { chassis, gateway } = readConfigs(
  { chassis: chassisConfig, gateway: config },
  {
    SOTP_DATABASE_URL: 'postgres://unused',
    SOTP_REDIS_URL: redisUrl,
    SOTP_SECRETS_KEY: Buffer.alloc(32).toString('base64'),
    SOTP_INTERNAL_KEY: 'x'.repeat(40),
    SOTP_HTTP_PORT: '0',
    // The whole attack of a run is one client's; what is measured is what each request costs the others.
    SOTP_GATEWAY_RATE_PER_MINUTE: '0',
    SOTP_GATEWAY_RATE_ANONYMOUS_PER_MINUTE: '0',
  },
)
const token = await (await tokenMint(redisUrl))({ lifeSeconds: 3600 })
const { subgraphs, supergraph } = smallGraph()
const running = await start({
  config: { ...chassis, ...gateway },
  log: createLog('bench', 'silent'),
  health: new Health(),
  supergraph,
  local: Object.values(subgraphs),
})
parentPort?.postMessage({ url: running.url, token })
parentPort?.once('message', () => {
  void running[Symbol.asyncDispose]().then(() => process.exit(0))
})
