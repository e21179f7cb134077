import { Field, ID, ObjectType } from 'type-graphql'

import { Requires } from '#core/service/authorize.js'
import { causedBy } from '#core/service/cause.js'
import { covers, type Scope } from '#core/service/scope.js'
import { endable, resume, type SharedTopic } from '#core/service/shared-topic.js'
import type { Topics } from '#core/service/topics.js'

import { ChangeKind } from '../enums.js'
import { Link } from './link.js'
import type { LinkReader } from './link-reader.js'

@ObjectType({ description: 'A change to a link.' })
@Requires('device.read')
export class TopologyChange {
  @Field(() => ChangeKind, { description: 'What happened.' })
  kind!: keyof typeof ChangeKind
  @Field(() => ID, { description: 'Which link.' })
  linkId!: string
  @Field(() => Link, {
    nullable: true,
    description: 'The link as it is now, which may be later than the change. Null: it is gone.',
  })
  link!: Link | null
  @Field(() => String, { description: 'Pass it as `after` to go on behind this change.' })
  cursor!: string
}

export interface TopologyListening {
  siteId: string | null
  after: string | null
  scope: Scope
}

/** Changes to links for any number of listeners: one reader of the topic, one read of the links of a turn. */
export class TopologyChanges {
  #wanted: string[] = []
  #flight: Promise<Map<string, Link>> | undefined

  constructor(
    private readonly topics: Topics,
    private readonly shared: SharedTopic<'topology.changed'>,
    private readonly reader: LinkReader,
  ) {}

  /** @throws SotpError BAD_USER_INPUT when `after` is not a cursor, CONFLICT when history no longer reaches it. */
  async open({ siteId, after, scope }: TopologyListening): Promise<AsyncGenerator<TopologyChange>> {
    const stop = new AbortController()
    const how = { after, list: 'topology', stop }
    const events = await resume(this.topics, 'topology.changed', this.shared, how)
    return endable(stop, this.#run(events, { siteId, scope }, stop))
  }

  async *#run(
    events: ReturnType<SharedTopic<'topology.changed'>['listen']>,
    { siteId, scope }: Omit<TopologyListening, 'after'>,
    stop: AbortController,
  ): AsyncGenerator<TopologyChange> {
    try {
      for await (const { cursor, event, traceparent } of events) {
        const { linkId, siteIds, change } = event
        if (!siteIds.every((one) => covers(scope, one))) continue
        if (siteId !== null && !siteIds.includes(siteId)) continue
        // Where its devices have moved meanwhile the caller may no longer see it.
        const link = change === 'DELETED' ? null : ((await this.#read(linkId)) ?? null)
        if (link && !(await this.#mayStillSee(linkId, scope))) continue
        const kind = link ? change : ('DELETED' as const)
        yield causedBy(Object.assign(new TopologyChange(), { kind, linkId, link, cursor }), traceparent)
      }
    } finally {
      stop.abort()
    }
  }

  async #mayStillSee(linkId: string, scope: Scope): Promise<boolean> {
    return scope === 'everywhere' || (await this.reader.byIds([linkId], scope)).has(linkId)
  }

  /** What all listeners ask for in one turn is read with one statement. */
  async #read(id: string): Promise<Link | undefined> {
    this.#wanted.push(id)
    this.#flight ??= new Promise((resolve) => setImmediate(resolve)).then(() => {
      const ids = [...new Set(this.#wanted)]
      this.#wanted = []
      this.#flight = undefined
      return this.reader.byIds(ids, 'everywhere')
    })
    return (await this.#flight).get(id)
  }
}
