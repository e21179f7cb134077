import type { AccessChanged } from '#core/contract/access.js'
import { chassisConfig, readConfigs } from '#core/service/config.js'
import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import type { Subgraph } from '#core/service/subgraph.js'
import { openTopics } from '#core/service/topics.js'
import { config as gatewayConfig, type RunningGateway, start } from '../../gateway/main.js'
import { tokenMint } from './small-graph.js'
import { freshRedis } from './stores.js'

export const internalKey = 'x'.repeat(40)

interface Answer {
  status: number
  headers: Headers
  body: {
    data?: Record<string, unknown> | null
    errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[]
  }
}

export interface TestGateway extends RunningGateway {
  health: Health
  redisUrl: string
  token: Awaited<ReturnType<typeof tokenMint>>
  ask(query: string, options?: AskOptions): Promise<Answer>
  /** Says that somebody's access changed, as the auth subgraph does. */
  changeAccess(change: Pick<AccessChanged, 'userId'> & Partial<AccessChanged>): Promise<void>
}

export interface AskOptions {
  token?: string
  variables?: Record<string, unknown>
  headers?: Record<string, string>
}

/** Subgraphs of this process by name, and their supergraph. */
export interface TestGraph {
  subgraphs: Readonly<Record<string, Subgraph>>
  supergraph: string
  /** What a test steers them by. */
  state?: unknown
}

/** A gateway on a free port over these subgraphs, as `smallGraph()`; `env` adds settings. */
export async function startTestGateway(
  { subgraphs, supergraph }: TestGraph,
  {
    env = {},
    webRoot,
    local,
    redisUrl: given,
  }: { env?: Record<string, string>; webRoot?: string; local?: string[]; redisUrl?: string } = {},
): Promise<TestGateway> {
  const redisUrl = given ?? (await freshRedis())
  const { chassis, gateway } = readConfigs(
    { chassis: chassisConfig, gateway: gatewayConfig },
    {
      SOTP_DATABASE_URL: 'postgres://unused',
      SOTP_REDIS_URL: redisUrl,
      SOTP_SECRETS_KEY: Buffer.alloc(32).toString('base64'),
      SOTP_INTERNAL_KEY: internalKey,
      SOTP_HTTP_PORT: '0',
      ...env,
    },
  )
  const token = await tokenMint(redisUrl)
  const health = new Health()
  const running = await start({
    config: { ...chassis, ...gateway },
    log: createLog('test', process.env['SOTP_TEST_LOG'] ?? 'silent'),
    health,
    supergraph,
    local: Object.values(subgraphs).filter(({ name }) => local?.includes(name) ?? true),
    ...(webRoot !== undefined && { webRoot }),
  })
  return {
    ...running,
    health,
    redisUrl,
    token,
    ask: (query, options) => ask(running.url, query, options),
    changeAccess: (change) => changeAccess(redisUrl, change),
  }
}

export async function changeAccess(
  redisUrl: string,
  change: Pick<AccessChanged, 'userId'> & Partial<AccessChanged>,
): Promise<void> {
  const topics = openTopics({ redisUrl, log: createLog('test', 'silent') })
  const at = Date.now()
  const event: AccessChanged = {
    v: 1,
    kind: 'access.changed',
    grants: null,
    endedSessionIds: [],
    at,
    ...change,
  }
  await topics.publish('access.changed', event, BigInt(at) * 1000n)
  await topics[Symbol.asyncDispose]()
}

async function ask(
  url: string,
  query: string,
  { token, variables, headers }: AskOptions = {},
): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  })
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer['body'],
  }
}
