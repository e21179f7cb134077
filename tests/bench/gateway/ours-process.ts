import { chassisConfig, readConfigs, traceConfig } from '#core/service/config.js'
import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { startTracing } from '#core/service/trace.js'
import { config as gatewayConfig, start } from '#gateway/main.js'

import { answerParent } from './call.js'
import { type Origins, supergraphOf } from './graph.js'

/** The product's gateway by its door, as it is by default, in front of the bench's subgraphs. */
const calls = {
  async start({ redisUrl, origins }: { redisUrl: string; origins: Origins }): Promise<string> {
    const { chassis, trace, gateway } = readConfigs(
      { chassis: chassisConfig, trace: traceConfig, gateway: gatewayConfig },
      {
        SOTP_DATABASE_URL: 'postgres://unused',
        SOTP_REDIS_URL: redisUrl,
        SOTP_SECRETS_KEY: Buffer.alloc(32).toString('base64'),
        SOTP_INTERNAL_KEY: 'x'.repeat(40),
        SOTP_HTTP_PORT: '0',
        // All clients of the bench come from one address.
        SOTP_GATEWAY_SOCKETS_PER_ADDRESS: '10000',
        // One user asks as fast as thirty would; the limiter runs, and never has to refuse.
        SOTP_GATEWAY_RATE_PER_MINUTE: '1000000000',
        SOTP_GATEWAY_SUBGRAPHS: Object.entries(origins)
          .map(([name, origin]) => `${name}=${origin}`)
          .join(','),
      },
    )
    const log = createLog('bench', 'fatal')
    await startTracing({ service: 'gateway', config: trace, log })
    const { url } = await start({
      config: { ...chassis, ...gateway },
      log,
      health: new Health(),
      supergraph: supergraphOf(origins),
    })
    return url
  },
  /** What is alive in memory after a full collection, in MB; needs `--expose-gc`. */
  aliveMb(): number {
    globalThis.gc?.()
    const { heapUsed, external } = process.memoryUsage()
    return (heapUsed + external) / 2 ** 20
  },
}
export type OursCalls = typeof calls
answerParent(calls)
