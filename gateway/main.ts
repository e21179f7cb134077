import type { AddressInfo } from 'node:net'
import * as z from 'zod'

import { openAuthenticator } from '#core/service/authenticator.js'
import { flag, integer } from '#core/service/config.js'
import { listen } from '#core/service/health.js'
import { drain } from '#core/service/http.js'
import { openIdentitySigner } from '#core/service/identity.js'
import { openRedis } from '#core/service/redis.js'
import type { RoomOptions, RunningRoom } from '#core/service/room.js'
import type { Subgraph } from '#core/service/subgraph.js'
import { openTopics } from '#core/service/topics.js'

import { openGenerations } from './generation.js'
import { createHttpServer } from './http/server.js'
import { openStaticFiles } from './http/static.js'
import { joinEntities } from './links/entities.js'
import type { SubgraphLink } from './links/link.js'
import { openLocalLink } from './links/local.js'
import { openRemoteLink } from './links/remote.js'
import { tracedLink } from './links/traced.js'
import { serveSockets } from './live/socket.js'
import { openLive } from './live/subscribe.js'
import { startQueryServer } from './query.js'
import { type Graph, readSupergraph } from './supergraph.js'

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

  const links = stack.use(openLinks(options))
  const generations = openGenerations({
    supergraph: options.supergraph ?? readSupergraph(),
    introspection: config.SOTP_GATEWAY_INTROSPECTION,
    linksFor: links.of,
    log,
  })
  const { graph } = generations.current
  const topics = stack.use(openTopics({ redisUrl: config.SOTP_REDIS_URL, log }))
  const authenticator = stack.use(await openAuthenticator({ redis, topics, log }))
  const queries = stack.use(await startQueryServer({ generations, log }))

  const shared = {
    generations,
    queries,
    authenticator,
    origins: new Set(config.SOTP_GATEWAY_ORIGINS),
    trustProxy: config.SOTP_GATEWAY_TRUST_PROXY,
    log,
  }
  const files = webRoot === undefined ? undefined : openStaticFiles(webRoot)
  const server = createHttpServer({ ...shared, health, redis, files })
  const live = openLive({ generations, log })
  await listen(server, config.SOTP_HTTP_PORT, config.SOTP_HTTP_HOST)
  stack.defer(() => drain(server))
  stack.use(serveSockets(server, { ...shared, live }))
  stack.defer(() => health.stopping())

  const { port } = server.address() as AddressInfo
  const url = urlOf(config.SOTP_HTTP_HOST, port)
  log.info({ url, subgraphs: graph.subgraphs }, 'gateway is listening')
  const owned = stack.move()
  return { url, port, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** Links by name, each opened once and kept while the gateway runs, whatever schema serves. */
function openLinks({
  config,
  local = [],
  log,
}: GatewayOptions): { of(graph: Graph): ReadonlyMap<string, SubgraphLink> } & AsyncDisposable {
  const timeoutMs = config.SOTP_GATEWAY_TIMEOUT_MS
  const signer = openIdentitySigner(config.SOTP_INTERNAL_KEY)
  const remotes = new Map(config.SOTP_GATEWAY_SUBGRAPHS)
  const opened = new AsyncDisposableStack()
  const links = new Map<string, SubgraphLink>()

  function open(name: string): SubgraphLink {
    const subgraph = local.find((one) => one.name === name)
    const url = remotes.get(name) ?? ''
    const link = subgraph
      ? openLocalLink({ subgraph, timeoutMs, log })
      : openRemoteLink({ name, url, signer, timeoutMs, log })
    return opened.use(joinEntities(tracedLink(link)))
  }

  return {
    /** @throws Error naming the subgraphs that nobody said where to find. */
    of({ subgraphs }) {
      const missing = subgraphs.filter(
        (name) => !remotes.has(name) && !local.some((one) => one.name === name),
      )
      if (missing.length > 0) {
        throw new Error(`SOTP_GATEWAY_SUBGRAPHS does not say where these are: ${missing.join(', ')}`)
      }
      for (const name of subgraphs) if (!links.has(name)) links.set(name, open(name))
      return new Map(subgraphs.map((name) => [name, links.get(name) as SubgraphLink]))
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

function urlOf(host: string, port: number): string {
  const named = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${named}:${port}`
}
