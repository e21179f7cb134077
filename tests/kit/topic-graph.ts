import { Arg, Field, Int, ObjectType, Query, Resolver, Root, Subscription } from 'type-graphql'

import { Requires } from '#core/service/authorize.js'
import { compose } from '#core/service/compose.js'
import { createLog } from '#core/service/log.js'
import { shareTopic } from '#core/service/shared-topic.js'
import { createSubgraph, type Subgraph } from '#core/service/subgraph.js'
import { openTopics } from '#core/service/topics.js'

@ObjectType({ description: 'A change.' })
@Requires('device.read')
class Change {
  @Field(() => String, { description: 'Its place.' }) cursor!: string
}

@Resolver()
class ChangesResolver {
  @Query(() => Int, { description: 'One.' })
  @Requires('device.read')
  one(): number {
    return 1
  }
  @Subscription(() => Change, { topics: 'x', description: 'Changes of access.' })
  @Requires('device.read')
  changes(
    @Root() change: Change,
    @Arg('after', () => String, { nullable: true, description: 'Resume here.' }) _after?: string,
  ): Change {
    return { cursor: change.cursor }
  }
}

/** One subgraph whose events are a topic of a real Redis, read as SOTP's own subgraphs read theirs. */
export function topicGraph(
  redisUrl: string,
): { subgraphs: Record<'changes', Subgraph>; supergraph: string } & AsyncDisposable {
  const log = createLog('test', 'silent')
  const topics = openTopics({ redisUrl, log })
  const shared = shareTopic(topics, 'access.changed', { log })
  const changes = createSubgraph({
    name: 'changes',
    resolvers: [new ChangesResolver()],
    references: {},
    subscriptions: {
      changes: ({ after }: { after?: string | null }) =>
        shared.listen(after ?? undefined, new AbortController().signal),
    },
    log,
  })
  return {
    subgraphs: { changes },
    supergraph: compose({ changes: changes.sdl }).supergraph,
    async [Symbol.asyncDispose]() {
      await shared[Symbol.asyncDispose]()
      await topics[Symbol.asyncDispose]()
    },
  }
}
