import { randomBytes } from 'node:crypto'
import type { Identity } from '#core/contract/identity.js'
import { openAccessTokenVerifier } from '#core/service/access-token.js'
import { chassisConfig, readConfigs } from '#core/service/config.js'
import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { openRedis } from '#core/service/redis.js'
import type { RunningSubgraph } from '#core/service/room.js'
import type { Subgraph } from '#core/service/subgraph.js'
import { serveSubgraph } from '#core/service/subgraph-http.js'
import { subgraphNames, targets } from '#deploy/local/targets.js'
import { config as gatewayConfig, start as startGateway } from '#gateway/main.js'

import { freshDatabase, freshRedis } from './stores.js'

export const internalKey = 'w'.repeat(40)
export const adminEmail = 'root@example.net'
export const password = 'plum-Harvest-91-kettle'

/** What a test asks is bounded by the test, not by what a client may ask. */
const generous = {
  SOTP_GATEWAY_CHARACTERS_MAX: '10000000',
  SOTP_GATEWAY_TOKENS_MAX: '1000000',
  SOTP_GATEWAY_NESTING_MAX: '500',
  SOTP_GATEWAY_DEPTH_MAX: '100',
  SOTP_GATEWAY_FIELDS_MAX: '100000',
  SOTP_GATEWAY_REPEATS_MAX: '1000000',
  SOTP_GATEWAY_HOPS_MAX: '1000',
  SOTP_GATEWAY_COST_MAX: '10000000',
  SOTP_GATEWAY_RATE_PER_MINUTE: '0',
  SOTP_GATEWAY_RATE_ANONYMOUS_PER_MINUTE: '0',
}

interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: answers differ from test to test
  data?: any
  errors?: readonly { message: string; path?: readonly (string | number)[]; extensions: Extensions }[]
}
interface Extensions {
  code: string
  permission?: string
}

export interface HttpAnswer extends Answer {
  status: number
  /** The whole response body. */
  text: string
}

export interface WholeGraph extends AsyncDisposable {
  databaseUrl: string
  redisUrl: string
  /** Of the gateway, as `http://127.0.0.1:…`. */
  url: string
  subgraphs: Readonly<Record<string, Subgraph>>
  /** Where each subgraph is served for gateways of other processes. */
  served: Readonly<Record<string, string>>
  /** POSTs to a `/graphql` address; bodies that are no JSON have no data. */
  post(url: string, body: object | string, headers?: Record<string, string>): Promise<HttpAnswer>
  /** Data of an operation at the gateway that must succeed. @throws Error with its errors */
  must(token: string | null, query: string, variables?: object): Promise<NonNullable<Answer['data']>>
  login(email: string, secret?: string): Promise<{ token: string; identity: Identity }>
}

/** All subgraphs and the gateway of the product in this process, on stores of their own, without the workers. */
export async function startWholeGraph(more: Record<string, string> = {}): Promise<WholeGraph> {
  const [databaseUrl, redisUrl] = [await freshDatabase(), await freshRedis()]
  const log = createLog('test', process.env['SOTP_TEST_LOG'] ?? 'silent')
  const health = new Health()
  const env = {
    SOTP_DATABASE_URL: databaseUrl,
    SOTP_REDIS_URL: redisUrl,
    SOTP_SECRETS_KEY: randomBytes(32).toString('base64'),
    SOTP_INTERNAL_KEY: internalKey,
    SOTP_ADMIN_EMAIL: adminEmail,
    SOTP_ADMIN_PASSWORD: password,
    SOTP_PLATFORM_SINK_PRIVATE: 'allow',
    SOTP_HTTP_PORT: '0',
    ...generous,
    ...more,
  }
  await using stack = new AsyncDisposableStack()
  const subgraphs: Record<string, Subgraph> = {}
  const served: Record<string, string> = {}
  for (const name of subgraphNames) {
    const door = await targets[name].load()
    const { chassis, own } = readConfigs({ chassis: chassisConfig, own: door.config }, env)
    const options = { config: { ...chassis, ...own } as never, log, health }
    const { subgraph } = stack.use((await door.start(options)) as RunningSubgraph)
    subgraphs[name] = subgraph
    const place = { port: 0, host: '127.0.0.1' }
    const { port } = stack.use(await serveSubgraph({ subgraph, health, ...place, internalKey, log }))
    served[name] = `http://127.0.0.1:${port}`
  }
  const { chassis, gateway } = readConfigs({ chassis: chassisConfig, gateway: gatewayConfig }, env)
  const config = { ...chassis, ...gateway }
  const running = stack.use(await startGateway({ config, log, health, local: Object.values(subgraphs) }))
  const redis = stack.adopt(openRedis(redisUrl, log), (client) => client.disconnect())
  const verifier = openAccessTokenVerifier({ redis, log })

  async function must(token: string | null, query: string, variables: object = {}) {
    const bearer = token === null ? {} : { authorization: `Bearer ${token}` }
    const { data, errors, text } = await post(running.url, { query, variables }, bearer)
    if (errors || !data) throw new Error(`${query}: ${text}`)
    return data
  }
  const owned = stack.move()
  return {
    databaseUrl,
    redisUrl,
    url: running.url,
    subgraphs,
    served,
    post,
    must,
    async login(email, secret = password) {
      const input = { email, password: secret }
      const { login } = await must(
        null,
        'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }',
        { input },
      )
      return { token: login.accessToken, identity: await verifier.verify(login.accessToken) }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function post(
  url: string,
  body: object | string,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  try {
    return { status: response.status, text, ...(JSON.parse(text) as Answer) }
  } catch {
    return { status: response.status, text }
  }
}
