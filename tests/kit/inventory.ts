import { randomBytes } from 'node:crypto'
import type { ExecutionResult } from 'graphql'
import pg from 'pg'
import type { Role } from '#core/contract/permissions.js'
import type { PollJob } from '#core/contract/polling.js'
import { queues } from '#core/contract/queues.js'
import { chassisConfig, type Environment, readConfig } from '#core/service/config.js'
import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { openPlan } from '#core/service/plan.js'
import { openQueue, type Queue } from '#core/service/queue.js'
import { openRedis } from '#core/service/redis.js'
import { emptyCookieJar, type RequestContext } from '#core/service/request.js'
import { openSecretBox, openSecretShelf } from '#core/service/secrets.js'
import { openTopics } from '#core/service/topics.js'
import * as main from '#subgraphs/inventory/main.js'
import * as plan from '#subgraphs/inventory/plan.js'
import { everywhere, someone } from './identity.js'
import { freshDatabase, freshRedis } from './stores.js'

interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: answers differ from test to test
  data: any
  /** `extensions.code` of the first error. */
  code: unknown
  /** `extensions.field` of the first error. */
  field: unknown
  message: string | undefined
}

/** A request of somebody who has that role; `null`: of nobody. */
export const contextOf = (role: Role | null): RequestContext => ({
  identity: role && someone({ grants: everywhere(role) }),
  requestId: 'test',
  ip: null,
  userAgent: null,
  cookies: emptyCookieJar,
  loaders: new Map(),
})

const answerOf = ({ data, errors }: ExecutionResult): Answer => ({
  data,
  code: errors?.[0]?.extensions['code'],
  field: errors?.[0]?.extensions['field'],
  message: errors?.[0]?.message,
})

export type InventoryRoom = Awaited<ReturnType<typeof startInventory>>

/** The inventory subgraph on stores of its own, through its doors; `startPlanner` starts its worker too. */
export async function startInventory(env: Environment = {}) {
  const log = createLog('test', 'silent')
  const health = new Health()
  const [databaseUrl, redisUrl] = [await freshDatabase(), await freshRedis()]
  const given = {
    SOTP_DATABASE_URL: databaseUrl,
    SOTP_REDIS_URL: redisUrl,
    SOTP_SECRETS_KEY: randomBytes(32).toString('base64'),
    SOTP_INTERNAL_KEY: 'k'.repeat(32),
    ...env,
  }
  const configOf = (more: Environment = {}) =>
    readConfig(chassisConfig.extend(main.config.shape).extend(plan.config.shape), { ...given, ...more })
  const config = configOf()
  await using stack = new AsyncDisposableStack()
  const room = stack.use(await main.start({ config, log, health }))
  const sql = new pg.Pool({ connectionString: databaseUrl, options: '-c search_path=inventory', max: 2 })
  stack.defer(() => sql.end())
  const redis = openRedis(redisUrl, log)
  stack.defer(() => redis.disconnect())
  const topics = stack.use(openTopics({ redisUrl, log }))

  async function run(query: string, variables?: Record<string, unknown>, role: Role | null = 'ADMIN') {
    return answerOf(await room.subgraph.execute({ query, variables }, contextOf(role)))
  }
  async function subscribe(query: string, variables?: Record<string, unknown>, role: Role | null = 'ADMIN') {
    const stream = await room.subgraph.subscribe({ query, variables }, contextOf(role))
    if (Symbol.asyncIterator in stream) return stream
    throw Object.assign(new Error(stream.errors?.[0]?.message), answerOf(stream))
  }
  async function make(field: string, inputType: string, input: object): Promise<string> {
    const { data, message } = await run(
      `mutation ($input: ${inputType}!) { made: ${field}(input: $input) { id } }`,
      { input },
    )
    if (!data) throw new Error(message)
    return data.made.id
  }
  /** Every poll job from now on. */
  function pollJobs(): PollJob[] {
    const jobs: PollJob[] = []
    for (const definition of [queues.pollIcmp, queues.pollSnmp]) {
      const queue: Queue<PollJob> = owned.use(openQueue(definition, { redisUrl, log }))
      queue.process(1, async (job) => {
        jobs.push(job)
      })
    }
    return jobs
  }

  const owned = stack.move()
  return {
    subgraph: room.subgraph,
    health,
    sql,
    topics,
    databaseUrl,
    redisUrl,
    plan: openPlan(redis),
    shelf: openSecretShelf(redis, openSecretBox(config.SOTP_SECRETS_KEY)),
    run,
    subscribe,
    pollJobs,
    createDevice: (input: object) => make('createDevice', 'CreateDeviceInput', input),
    createSite: (input: object) => make('createSite', 'SiteInput', input),
    createCredential: (input: object) => make('createCredential', 'CredentialInput', input),
    /** `more`: settings that differ from the subgraph's. */
    startPlanner: (more?: Environment) => plan.start({ config: configOf(more), log, health }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
