import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'

import { type PublishedSupergraph, publishedSupergraph, supergraphKey } from '#core/contract/supergraph.js'
import { chassisConfig, type Environment, readConfig } from '#core/service/config.js'
import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import type { RunningSubgraph } from '#core/service/room.js'
import { type DataSource, openSource } from '#db/source.js'
import { config, start } from '#subgraphs/platform/main.js'
import { asker, chassisEnv } from './alerting.js'
import { freshDatabase, freshRedis } from './stores.js'

/** The platform subgraph on stores of its own. */
export interface Platform extends AsyncDisposable {
  database: string
  redisUrl: string
  source: DataSource
  redis: Redis
  room: RunningSubgraph
  health: Health
  /** Starts it anew on the same stores. */
  restart(): Promise<void>
  admin(): ReturnType<typeof asker>
  /** What gateways find; null: nothing. */
  told(): Promise<PublishedSupergraph | null>
}

export async function startPlatform(env: Environment = {}): Promise<Platform> {
  const database = await freshDatabase()
  const redisUrl = await freshRedis()
  const source = await openSource({ url: database, schema: 'platform', entities: [] })
  const redis = new Redis(redisUrl)
  const health = new Health()
  const startRoom = () =>
    start({
      config: readConfig(chassisConfig.extend(config.shape), { ...chassisEnv(database, redisUrl), ...env }),
      log: createLog('test', 'silent'),
      health,
    })
  let room = await startRoom()
  return {
    database,
    redisUrl,
    source,
    redis,
    health,
    get room() {
      return room
    },
    async restart() {
      await room[Symbol.asyncDispose]()
      room = await startRoom()
    },
    admin: () => asker(room.subgraph, 'ADMIN'),
    async told() {
      const text = await redis.get(supergraphKey)
      return text === null ? null : publishedSupergraph.parse(JSON.parse(text))
    },
    async [Symbol.asyncDispose]() {
      await room[Symbol.asyncDispose]()
      redis.disconnect()
      await source.destroy()
    },
  }
}

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])'

/** A subgraph that joins from outside, with these fields on `Device`. */
export const rack = (fields: string) => ({
  name: 'rack',
  url: 'http://127.0.0.1:4999/graphql',
  sdl: `${link}\ntype Device @key(fields: "id") {\n  id: ID!\n${fields}\n}`,
})

export interface Check {
  composes: boolean
  faults: string[]
  publishable: boolean
  changes: { level: string; coordinate: string; operations: { hash: string; clients: string[] }[] }[]
  brokenOperations: { hash: string }[]
}

/** The registry as an administrator works with it. */
export const registryOf = ({ admin }: Platform) => ({
  async check(input: object): Promise<Check> {
    const query = `query ($input: SubgraphInput!) { checkSubgraph(input: $input) { composes faults publishable
      changes { level message coordinate operations { hash name clients } } brokenOperations { hash name message } } }`
    return (await admin().ask<{ checkSubgraph: Check }>(query, { input })).checkSubgraph
  },
  async publish(input: object) {
    const { publishSubgraph } = await admin().ask<{
      publishSubgraph: { secret: string | null; subgraph: { version: number } }
    }>(
      `mutation ($input: PublishSubgraphInput!) { publishSubgraph(input: $input) {
        secret subgraph { name status version publisher } } }`,
      { input },
    )
    return publishSubgraph
  },
  remove: (name: string, force = false) =>
    admin().ask(
      'mutation ($name: ID!, $force: Boolean!) { removeSubgraph(name: $name, force: $force) { name } }',
      { name, force },
    ),
})

/** Every test of a file may poll for as long as a busy machine needs. */
export const patiently = { timeout: 15_000 }

/** Disposes it when the test ends. */
export function owned<Resource extends AsyncDisposable>(resource: Resource): Resource {
  onTestFinished(() => resource[Symbol.asyncDispose]())
  return resource
}
