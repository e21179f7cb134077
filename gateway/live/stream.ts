import type { GraphQLFormattedError } from 'graphql'

import type { Log } from '#core/service/log.js'
import { count } from '#core/service/metrics.js'

import type { Generation } from '../generation.js'
import { type ClientContext, type SubgraphResult, unavailable } from '../links/link.js'
import { isInternal, logInternal, presentThrown, traceable } from '../present.js'
import { Feed, type FeedOwner } from './feed.js'
import type { Member } from './member.js'
import { type Message, marks, messageOf } from './message.js'
import type { LivePlan } from './prepare.js'
import type { LiveRequest } from './resolve.js'
import type { RingBounds } from './ring.js'
import { keys } from './source.js'

/** What a stream is made of at the moment; a new schema replaces it. */
export interface StreamMake {
  generation: Generation
  plan: LivePlan
  request: LiveRequest
  resolve: (event: SubgraphResult) => Promise<Message>
}

interface StreamOptions {
  /** Who the shared work runs for. */
  client: ClientContext
  /** How long it goes on reading for nobody, for whoever comes back at once. */
  lingerMs: number
  ringBytesMax: () => number
  log: Log
  onEmpty: () => void
}

const ringCountMax = 1000
/** While newcomers may share a snapshot it is kept whole. */
const youngRing: RingBounds = { bytesMax: 16 * 1024 * 1024, countMax: 50_000 }
/** Stands for a cursor while LIVE is turned into text. */
const placeholder = '\u0000sotp place'

/**
 * Everything one operation, with its variables, is to everybody of one view. All members end on one feed, the tail;
 * whoever comes begins on a feed of their own, or on a shared one, until the tail can go on for them without a gap.
 */
export class Stream implements FeedOwner {
  readonly #feeds = new Set<Feed>()
  readonly #places = new Map<Member, Feed>()
  #tail: Feed | undefined
  #live: Promise<void> | undefined
  #liveParts: string[] | undefined
  #lingering: NodeJS.Timeout | undefined

  constructor(
    public make: StreamMake,
    private readonly options: StreamOptions,
  ) {}

  /** Who the shared work runs for. */
  get worker(): ClientContext {
    return this.options.client
  }

  get resume() {
    return this.make.plan.source.resume
  }

  /** Tells `member` everything, or what it missed since `after`, and then what happens. */
  join(member: Member, after: string | undefined): void {
    this.#place(member, after)
  }

  leave(member: Member): void {
    const feed = this.#places.get(member)
    this.#places.delete(member)
    if (!feed) return
    feed.members.delete(member)
    feed.nudge()
    this.#tidy(feed)
  }

  drained(member: Member): void {
    member.drained()
    this.#places.get(member)?.nudge()
  }

  end(errors: readonly GraphQLFormattedError[] | undefined): void {
    for (const member of [...this.#places.keys()]) member.end(errors)
    for (const feed of [...this.#feeds]) feed.close()
  }

  /** Goes on under another schema. Members notice nothing. */
  replace(make: StreamMake): void {
    const before = this.make
    this.make = make
    // It may look different now; the next feed shows how.
    this.#liveParts = undefined
    this.#live = undefined
    const { query, subgraph } = make.plan.source
    const same =
      before.plan.source.query === query &&
      before.generation.links.get(before.plan.source.subgraph) === make.generation.links.get(subgraph)
    if (!same) for (const feed of this.#feeds) feed.restart()
  }

  async open(after: string | undefined): Promise<AsyncGenerator<SubgraphResult> | SubgraphResult> {
    const { generation, plan, request } = this.make
    const { subgraph, query, operationName, variables, resume } = plan.source
    const given = variables
      .filter((name) => Object.hasOwn(request.variables, name))
      .map((name) => [name, request.variables[name]] as const)
    const upstream = {
      query,
      operationName,
      variables: Object.fromEntries([...given, ...(resume ? [[resume.variable, after ?? null]] : [])]),
    }
    const link = generation.links.get(subgraph)
    return link ? link.subscribe(upstream, this.options.client) : unavailable(subgraph, upstream)
  }

  async resolve(event: SubgraphResult): Promise<Message> {
    const { source } = this.make.plan
    const held = source.root ? event.data?.[source.root.key] : undefined
    const isLive = (held as Record<string, unknown> | null | undefined)?.[keys.type] === marks.live
    if (isLive) this.#live ??= this.#learnLive(structuredClone(held) as Record<string, unknown>)
    const message = await this.make.resolve(event)
    if (isLive) await this.#live
    return message
  }

  liveAt(place: string): Message | undefined {
    if (!this.#liveParts) return undefined
    const text = this.#liveParts.join(JSON.stringify(place))
    return messageOf(text, { cursor: place, type: marks.live, about: '\u0000live' })
  }

  ringBounds(young: boolean): RingBounds {
    return young ? youngRing : { bytesMax: this.options.ringBytesMax(), countMax: ringCountMax }
  }

  explain(error: unknown): GraphQLFormattedError {
    const shown = presentThrown(error)
    const { requestId } = this.options.client
    if (isInternal(shown)) logInternal(this.options.log, error, requestId)
    return traceable(shown, requestId)
  }

  emitted(feed: Feed): void {
    if (!this.#tail && feed.phase === 'live') this.#tail = feed
    const tail = this.#tail
    if (!tail || this.#feeds.size === 1) return
    for (const other of [...this.#feeds]) {
      if (other === tail || other.position === undefined || !tail.covers(other.position)) continue
      for (const member of other.members) this.#places.set(member, tail)
      tail.takeOver(other)
    }
  }

  closed(feed: Feed): void {
    this.#feeds.delete(feed)
    if (this.#tail === feed) this.#tail = [...this.#feeds].find(({ phase }) => phase === 'live')
    if (this.#feeds.size === 0) this.options.onEmpty()
  }

  #place(member: Member, after: string | undefined): void {
    const feeds = this.#tail ? [this.#tail, ...this.#feeds] : [...this.#feeds]
    const put = (feed: Feed): Feed => {
      this.#places.set(member, feed)
      return feed
    }
    if (after !== undefined && this.resume) {
      const near = feeds.find((one) => one.covers(after))
      if (near) put(near).admit(member, after)
      else this.#begin(put, member, after)
      return
    }
    const fit = feeds.find(({ fresh, current }) => (this.resume?.snapshots ? fresh : current))
    if (!fit) this.#begin(put, member, undefined)
    else if (this.resume?.snapshots) {
      count('sotp_gateway_snapshots_shared_total')
      put(fit).admitFromStart(member)
    } else put(fit).members.add(member)
  }

  #begin(put: (feed: Feed) => Feed, member: Member, after: string | undefined): void {
    const feed = put(new Feed(this, after))
    this.#feeds.add(feed)
    feed.members.add(member)
  }

  /** A feed that nobody listens to ends; the tail a moment later, because whoever lost a socket comes back at once. */
  #tidy(feed: Feed): void {
    if (feed.members.size > 0) return
    if (feed !== this.#tail || this.options.lingerMs === 0) {
      feed.close()
      return
    }
    clearTimeout(this.#lingering)
    this.#lingering = setTimeout(() => {
      if (feed.members.size === 0) feed.close()
    }, this.options.lingerMs)
  }

  /** Turns LIVE into text once, so that it can be told at any place without asking anybody. */
  async #learnLive(held: Record<string, unknown>): Promise<void> {
    const { root, resume } = this.make.plan.source
    for (const key of resume?.cursors ?? []) held[key] = placeholder
    const { resolve } = this.make
    const { body } = await resolve({ data: { [root?.key ?? '']: held } })
    if (resolve === this.make.resolve) this.#liveParts = body.toString().split(JSON.stringify(placeholder))
  }
}
