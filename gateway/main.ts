import type { AddressInfo } from 'node:net'
import * as z from 'zod'

import { openAuthenticator } from '#core/service/authenticator.js'
import { flag, integer } from '#core/service/config.js'
import { listen } from '#core/service/health.js'
import { drain } from '#core/service/http.js'
import { openIdentitySigner } from '#core/service/identity.js'
import { openRedis } from '#core/service/redis.js'
import type { RoomOptions, RunningRoom } from '#core/service/room.js'
import { openSecretBox } from '#core/service/secrets.js'
import type { Subgraph } from '#core/service/subgraph.js'
import { openTopics } from '#core/service/topics.js'
import { openGenerations } from './generation.js'
import { createHttpServer } from './http/server.js'
import { openStaticFiles } from './http/static.js'
import { limitsConfig, limitsOf } from './limits/config.js'
import { openRate } from './limits/rate.js'
import { openTrusted } from './limits/trusted.js'
import { openLinks } from './links/open.js'
import { openTally } from './live/bucket.js'
import { openHub } from './live/hub.js'
import { openSessions } from './live/sessions.js'
import { liveLimitsOf, liveSettings } from './live/settings.js'
import { serveSockets } from './live/socket.js'
import { startQueryServer } from './query.js'
import { followRegistry, readTopDocuments } from './registry.js'
import { readSupergraph } from './supergraph.js'
import { rememberTokens } from './tokens.js'
import { openUsage } from './usage.js'

const list = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)

const origin = z.url({ protocol: /^https?$/ }).transform((text) => new URL(text).origin)
const remote = z
  .string()
  .regex(/^[a-z][\w-]*=https?:\/\/\S+$/, 'must be pairs of name=http://host:port, separated by commas')
  .transform((pair) => {
    const at = pair.indexOf('=')
    return [pair.slice(0, at), new URL(pair.slice(at + 1)).origin] as const
  })

const timeout = z
  .string()
  .regex(/^[a-z][\w-]*=\d{3,6}$/, 'must be pairs of name=milliseconds, separated by commas')
  .transform((pair) => {
    const at = pair.indexOf('=')
    return [pair.slice(0, at), Number(pair.slice(at + 1))] as const
  })

export const config = z.object({
  /** Port of the web app and the graph; 0 takes a free one. */
  SOTP_HTTP_PORT: integer({ min: 0, max: 65_535, byDefault: 4000 }),
  /** Address to listen on; `0.0.0.0` or `::` for every interface. */
  SOTP_HTTP_HOST: z.string().min(1).default('127.0.0.1'),
  /** Subgraphs in other processes, as `inventory=http://127.0.0.1:4001,telemetry=http://…`. */
  SOTP_GATEWAY_SUBGRAPHS: z.string().default('').transform(list).pipe(z.array(remote)),
  /** Who may read the schema by introspection: `signed-in`, `everyone` or `nobody`. */
  SOTP_GATEWAY_INTROSPECTION: z.enum(['signed-in', 'everyone', 'nobody']).default('signed-in'),
  /** Origins beside our own whose pages may use the graph, as `https://noc.example.net`, separated by commas. */
  SOTP_GATEWAY_ORIGINS: z.string().default('').transform(list).pipe(z.array(origin)),
  /** Take the client's address from the last entry of X-Forwarded-For. Only behind a proxy that sets it. */
  SOTP_GATEWAY_TRUST_PROXY: flag(false),
  /** How long a subgraph may take for one answer. */
  SOTP_GATEWAY_TIMEOUT_MS: integer({ min: 100, max: 300_000, byDefault: 10_000 }),
  /** Other times for some of them, as `telemetry=30000,auth=2000`. */
  SOTP_GATEWAY_TIMEOUTS: z.string().default('').transform(list).pipe(z.array(timeout)),
  /** How long after a query began others who ask the same, with the same rights, get its answer. 0: each runs alone. */
  SOTP_GATEWAY_SHARE_MS: integer({ min: 0, max: 10_000, byDefault: 50 }),
  ...liveSettings,
  ...limitsConfig.shape,
})
type GatewayConfig = z.infer<typeof config>

export interface GatewayOptions extends RoomOptions<GatewayConfig> {
  /** Subgraphs of this process. One that is also named in SOTP_GATEWAY_SUBGRAPHS is used from here. */
  local?: readonly Subgraph[]
  /** Folder of the built web app. */
  webRoot?: string
  /** SDL of the supergraph; the committed one by default. */
  supergraph?: string
}

export interface RunningGateway extends RunningRoom {
  /** Where the web app is, as `http://127.0.0.1:4000`. */
  url: string
  port: number
}

/** Starts the gateway: one graph over all subgraphs, its subscriptions, and the web app, on one port. */
export async function start(options: GatewayOptions): Promise<RunningGateway> {
  const { config, log, health, webRoot } = options
  await using stack = new AsyncDisposableStack()
  const redis = stack.adopt(openRedis(config.SOTP_REDIS_URL, log), (opened) => opened.disconnect())
  health.add('redis', async () => void (await redis.ping()))

  const links = stack.use(
    openLinks({
      local: options.local ?? [],
      remotes: new Map(config.SOTP_GATEWAY_SUBGRAPHS),
      timeoutMs: config.SOTP_GATEWAY_TIMEOUT_MS,
      timeouts: new Map(config.SOTP_GATEWAY_TIMEOUTS),
      shareMs: config.SOTP_GATEWAY_SHARE_MS,
      internalKey: config.SOTP_INTERNAL_KEY,
      log,
    }),
  )
  if (config.SOTP_GATEWAY_SUBGRAPHS.length > 0) health.add('subgraphs', links.check)
  const supergraph = options.supergraph ?? readSupergraph()
  const generations = openGenerations({
    supergraph,
    protection: {
      introspection: config.SOTP_GATEWAY_INTROSPECTION,
      limits: limitsOf(config),
      policy: config.SOTP_GATEWAY_DOCUMENTS,
      trusted: stack.use(await openTrusted({ folder: config.SOTP_GATEWAY_DOCUMENTS_DIR, log })),
    },
    linksFor: links.of,
    log,
  })
  const { graph } = generations.current
  const topics = stack.use(openTopics({ redisUrl: config.SOTP_REDIS_URL, log }))
  const authenticator = rememberTokens(stack.use(await openAuthenticator({ redis, topics, log })))
  const usage = stack.use(openUsage({ redisUrl: config.SOTP_REDIS_URL, log }))
  const queries = stack.use(
    await startQueryServer({
      generations,
      topDocuments: () => readTopDocuments(redis),
      usage,
      timeoutMs: config.SOTP_GATEWAY_OPERATION_TIMEOUT_MS,
      shareMs: config.SOTP_GATEWAY_SHARE_MS,
      log,
    }),
  )

  const rate = stack.use(
    openRate({
      redis,
      perMinute: config.SOTP_GATEWAY_RATE_PER_MINUTE,
      anonymousPerMinute: config.SOTP_GATEWAY_RATE_ANONYMOUS_PER_MINUTE,
    }),
  )

  const limits = liveLimitsOf(config)
  const signer = openIdentitySigner(config.SOTP_INTERNAL_KEY)
  const hub = openHub({ generations, usage, log })
  const live = {
    hub,
    sessions: stack.use(openSessions({ authenticator, signer })),
    limits,
    userSubscriptions: openTally(limits.subscriptionsPerUser),
  }
  const shared = {
    generations,
    queries,
    rate,
    authenticator,
    origins: new Set(config.SOTP_GATEWAY_ORIGINS),
    trustProxy: config.SOTP_GATEWAY_TRUST_PROXY,
    log,
  }
  const files = webRoot === undefined ? undefined : openStaticFiles(webRoot)
  const server = createHttpServer({ ...shared, live, health, redis, files })
  const box = openSecretBox(config.SOTP_SECRETS_KEY, config.SOTP_SECRETS_KEYS_OLD)
  stack.use(await followRegistry({ base: supergraph, generations, links, redis, topics, box, log }))
  await listen(server, config.SOTP_HTTP_PORT, config.SOTP_HTTP_HOST)
  stack.defer(() => drain(server))
  stack.use(hub)
  stack.use(serveSockets(server, { ...shared, ...live }))
  stack.defer(() => health.stopping())

  const { port } = server.address() as AddressInfo
  const url = urlOf(config.SOTP_HTTP_HOST, port)
  log.info({ url, subgraphs: graph.subgraphs }, 'gateway is listening')
  const owned = stack.move()
  return { url, port, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function urlOf(host: string, port: number): string {
  const named = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${named}:${port}`
}
