import type * as z from 'zod'

import { remoteKeyRef } from '#core/contract/supergraph.js'
import { openRedis } from '#core/service/redis.js'
import type { RoomOptions, RunningSubgraph } from '#core/service/room.js'
import { openSecretBox } from '#core/service/secrets.js'
import { createSubgraph, describeSubgraph } from '#core/service/subgraph.js'
import { openTopics } from '#core/service/topics.js'
import { writeAudit } from '#db/audit/record.js'
import type { SealedColumn } from '#db/reseal.js'
import { openSource } from '#db/source.js'

import { every } from './every.js'
import { announce } from './registry/announce.js'
import { readBase } from './registry/base.js'
import { RegistryResolver, SupergraphVersionResolver } from './registry/registry.resolver.js'
import { RegistryService } from './registry/registry.service.js'
import { openSender } from './sink/send.js'
import { sinkConfig } from './sink/settings.js'
import { SinkResolver } from './sink/sink.resolver.js'
import { SinkService, secretRef } from './sink/sink.service.js'
import { FieldUsageResolver, OperationResolver } from './usage/usage.resolver.js'
import { UsageService } from './usage/usage.service.js'

export const config = sinkConfig

/** What this room seals with the secrets key. */
export const sealed: readonly SealedColumn[] = [
  { table: 'external_subgraph', id: 'name', column: 'sealed_key', ref: remoteKeyRef },
  { table: 'sink', id: 'id', column: 'sealed_secret', ref: secretRef },
]

/** A Redis without persistence that was restarted is told again within this time. */
const announceMs = 30_000

/** SDL of this subgraph, from the code alone. */
export const sdl = (): string =>
  describeSubgraph([
    RegistryResolver,
    SupergraphVersionResolver,
    FieldUsageResolver,
    OperationResolver,
    SinkResolver,
  ])

/** Starts the graph about the graph: its subgraphs and versions, who uses which field, and webhook sinks. */
export async function start({
  config: settings,
  log,
  health,
}: RoomOptions<z.infer<typeof config>>): Promise<RunningSubgraph> {
  await using stack = new AsyncDisposableStack()
  const base = readBase()
  const source = await openSource({ url: settings.SOTP_DATABASE_URL, schema: 'platform', entities: [] })
  stack.defer(() => source.destroy())
  const redis = stack.adopt(openRedis(settings.SOTP_REDIS_URL, log), (opened) => opened.disconnect())
  const topics = stack.use(openTopics({ redisUrl: settings.SOTP_REDIS_URL, log }))
  const box = openSecretBox(settings.SOTP_SECRETS_KEY, settings.SOTP_SECRETS_KEYS_OLD)
  health.add('platform.database', async () => void (await source.query('SELECT 1')))

  const registry = new RegistryService({ source, base, box, log, published: () => announcer.now() })
  const announcer = stack.use(
    every({ name: 'registry', ms: announceMs, log }, async () => {
      await registry.settle()
      await announce({ source, redis, topics, baseId: base.id })
    }),
  )

  const usage = new UsageService(source)
  const policy = settings.SOTP_PLATFORM_SINK_PRIVATE
  const sinks = new SinkService({
    source,
    box,
    policy,
    sender: stack.use(openSender(policy)),
    ownApi: base.api,
  })
  const subgraph = createSubgraph({
    name: 'platform',
    audit: (events) => writeAudit(source, events),
    resolvers: [
      new RegistryResolver(registry),
      new SupergraphVersionResolver(source),
      new FieldUsageResolver(usage),
      new OperationResolver(usage),
      new SinkResolver(sinks),
    ],
    references: {},
    log,
  })
  const owned = stack.move()
  return { subgraph, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
