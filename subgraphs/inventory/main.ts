import * as z from 'zod'

import { queues } from '#core/contract/queues.js'
import { integer } from '#core/service/config.js'
import { openDiscoveryControl } from '#core/service/discovery-control.js'
import { heartbeatCheck } from '#core/service/health.js'
import { openQueue } from '#core/service/queue.js'
import { openRedis } from '#core/service/redis.js'
import { openReplies } from '#core/service/replies.js'
import type { RoomOptions, RunningSubgraph } from '#core/service/room.js'
import { shareTopic } from '#core/service/shared-topic.js'
import { describeSubgraph } from '#core/service/subgraph.js'
import { openTopics } from '#core/service/topics.js'
import { startOutboxRelay } from '#db/outbox.js'
import type { SealedColumn } from '#db/reseal.js'
import { openSource } from '#db/source.js'

import { CredentialSecrets } from './credential/credential-secrets.js'
import { createInventory, entities, resolverClasses } from './graph.js'

export const config = z.object({
  /** Connections to PostgreSQL at most. */
  SOTP_INVENTORY_POOL_MAX: integer({ min: 1, max: 100, byDefault: 10 }),
})

/** What this room seals with the secrets key. */
export const sealed: readonly SealedColumn[] = [
  { table: 'credential', id: 'id', column: 'sealed', ref: (id) => id },
]

/** The schema of the inventory subgraph, from its code alone. */
export const sdl = (): string => describeSubgraph(resolverClasses)

/** Devices, interfaces, sites and credentials, as a subgraph. */
export async function start(options: RoomOptions<z.infer<typeof config>>): Promise<RunningSubgraph> {
  const { log, health } = options
  const {
    SOTP_DATABASE_URL: databaseUrl,
    SOTP_REDIS_URL: redisUrl,
    SOTP_INVENTORY_POOL_MAX: poolMax,
  } = options.config
  await using stack = new AsyncDisposableStack()
  const source = await openSource({ url: databaseUrl, schema: 'inventory', entities, poolMax })
  stack.defer(() => source.destroy())
  const redis = openRedis(redisUrl, log)
  stack.defer(() => redis.disconnect())
  const topics = stack.use(openTopics({ redisUrl, log }))
  stack.use(startOutboxRelay({ databaseUrl, schema: 'inventory', topics, log }))
  const secrets = new CredentialSecrets({ config: options.config, redis, log, stack })
  const subgraph = createInventory({
    source,
    topics,
    changes: stack.use(shareTopic(topics, 'device.changed', { log })),
    linkChanges: stack.use(shareTopic(topics, 'topology.changed', { log })),
    secrets,
    queues: {
      icmp: stack.use(openQueue(queues.pollIcmp, { redisUrl, log })),
      snmp: stack.use(openQueue(queues.pollSnmp, { redisUrl, log })),
    },
    discovery: {
      runs: stack.use(openQueue(queues.discovery, { redisUrl, log })),
      tests: stack.use(openQueue(queues.connectionTests, { redisUrl, log })),
      control: openDiscoveryControl(redis),
      replies: openReplies(redis),
      collectors: heartbeatCheck(redis, 'collectors'),
      progress: stack.use(shareTopic(topics, 'discovery.progress', { log })),
    },
    log,
  })
  health.add('inventory database', async () => {
    await source.query('SELECT 1')
  })
  health.add('inventory secrets', secrets.check)
  const owned = stack.move()
  return { subgraph, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
