import * as z from 'zod'

import { integer } from '#core/service/config.js'

/** What the API and the runner of sinks both must know. */
export const sinkConfig = z.object({
  /** Whether a webhook sink may lie in a private network, and be plain http: `refuse` or `allow`. */
  SOTP_PLATFORM_SINK_PRIVATE: z.enum(['refuse', 'allow']).default('refuse'),
})

export const runnerConfig = sinkConfig.extend({
  /** Where the graph is, as `ws://127.0.0.1:4000/graphql`. Default: the gateway of this machine. */
  SOTP_PLATFORM_GATEWAY_URL: z.url({ protocol: /^wss?$/, error: 'must be a ws or wss URL' }).optional(),
  /** As the gateway's own; says where it is when SOTP_PLATFORM_GATEWAY_URL does not. */
  SOTP_HTTP_PORT: integer({ min: 0, max: 65_535, byDefault: 4000 }),
  /** As the gateway's own. */
  SOTP_HTTP_HOST: z.string().min(1).default('127.0.0.1'),
  /** First pause after a delivery that failed, in ms; it doubles with each failure, up to 15 minutes. */
  SOTP_PLATFORM_SINK_RETRY_MS: integer({ min: 10, max: 60_000, byDefault: 1000 }),
  /** How long nothing may work until a sink is given up, in seconds. Default: three days. */
  SOTP_PLATFORM_SINK_GIVE_UP_SECONDS: integer({ min: 1, max: 30 * 86_400, byDefault: 3 * 86_400 }),
})

/** Address of the graph over WebSocket. */
export function gatewayUrlOf(settings: z.infer<typeof runnerConfig>): string {
  const { SOTP_PLATFORM_GATEWAY_URL: given, SOTP_HTTP_HOST: host, SOTP_HTTP_PORT: port } = settings
  if (given) return given
  const reachable =
    { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host)
  return `ws://${reachable}:${port}/graphql`
}
