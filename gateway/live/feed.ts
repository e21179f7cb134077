import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { GraphQLFormattedError } from 'graphql'

import { count } from '#core/service/metrics.js'

import type { SubgraphResult } from '../links/link.js'
import { present } from '../present.js'
import type { Member } from './member.js'
import { type Message, marks } from './message.js'
import { mapInOrder } from './ordered.js'
import { beginning, order } from './position.js'
import { Ring, type RingBounds } from './ring.js'
import { tally } from './tally.js'

/** What a feed needs of the stream it belongs to. */
export interface FeedOwner {
  /** Undefined: events have no place, nothing can be gone on with. */
  readonly resume: { snapshots: boolean } | undefined
  open(after: string | undefined): Promise<AsyncGenerator<SubgraphResult> | SubgraphResult>
  /** Never rejects. */
  resolve(event: SubgraphResult): Promise<Message>
  /** LIVE at this place; undefined while nobody has seen one. */
  liveAt(place: string): Message | undefined
  ringBounds(young: boolean): RingBounds
  /** What members are told of an error of ours or of the way to the subgraph. */
  explain(error: unknown): GraphQLFormattedError
  /** After each message. */
  emitted(feed: Feed): void
  /** It has ended, by whatever. */
  closed(feed: Feed): void
}

type Failure = readonly GraphQLFormattedError[]

/** Newcomers within this time share the snapshot that began before them. */
const sharedForMs = 100
/** A feed that told nothing for so long has told what history held. */
const quietMs = 1000
/** A subscription that failed sooner was never accepted: whoever asked is told, instead of waiting. */
const acceptedAfterMs = 1000
const retryFirstMs = 100
const retryMostMs = 5000
/** An error of unknown cause may be in the next event itself: then it comes again each time. */
const unknownMax = 5
/** Work between two turns of the event loop: an event counts 20, its delivery to one member 1. */
const workMax = 5000
const roomCheckMs = 500

const healable: ReadonlySet<unknown> = new Set([
  'SUBGRAPH_UNAVAILABLE',
  'NOT_READY',
  'SLOW_CONSUMER',
  'INTERNAL_SERVER_ERROR',
])

/**
 * One subscription at the subgraph, read once for all its members. It heals by itself: where the subgraph or the way to
 * it is lost, it subscribes again behind the last event it told, so that members notice a delay and no gap.
 */
export class Feed {
  readonly members = new Set<Member>()
  readonly ring: Ring
  /** `live` once everything that lies behind was told. */
  phase: 'opening' | 'live' = 'opening'
  /** Everything up to here was told. */
  position: string | undefined
  /** Whether it tells the present, and not what it missed. */
  #current: boolean
  #begun = false
  #progressed = false
  #closed = false
  #restarting = false
  #work = 0
  #wake = (): void => {}
  #openedAt = Number.POSITIVE_INFINITY
  #toldAt = performance.now()
  #mapped: AsyncGenerator<Message> | undefined
  readonly #startedAt = performance.now()
  readonly #stop = new AbortController()

  constructor(
    private readonly owner: FeedOwner,
    private readonly after: string | undefined,
  ) {
    this.#current = after === undefined
    this.position = after === beginning ? undefined : after
    this.ring = new Ring(after)
    void this.#run()
  }

  /** Whether a newcomer who asks for all from the beginning may still share this one's. */
  get fresh(): boolean {
    return this.after === undefined && this.#young && this.ring.whole
  }

  get #young(): boolean {
    return performance.now() - this.#startedAt < sharedForMs
  }

  /** Whether a newcomer who asks for what happens from now on gets nothing older here. */
  get current(): boolean {
    this.#current ||= performance.now() - Math.max(this.#toldAt, this.#openedAt) > quietMs
    return this.#current
  }

  /** Whether whoever has everything up to `place` can go on here. */
  covers(place: string): boolean {
    if (!this.ring.covers(place)) return false
    const needsMark = this.owner.resume?.snapshots === true && this.phase === 'live'
    return !needsMark || this.owner.liveAt(place) !== undefined
  }

  /** Tells a newcomer everything this feed has told. */
  admitFromStart(member: Member): void {
    this.members.add(member)
    member.catchUp(this.ring.messages)
    this.nudge()
  }

  /** A newcomer who has everything up to `place`, and LIVE if `live`. Ask `covers` first. */
  admit(member: Member, place: string, live = false): void {
    this.members.add(member)
    const missed = this.ring.after(place)
    member.catchUp(missed)
    if (missed.length > 0) tally('sotp_gateway_replayed_total', missed.length)
    const ahead = this.position === undefined || (order(place, this.position) ?? -1) > 0
    if (this.phase === 'live' && this.owner.resume?.snapshots && !live) {
      const mark = this.owner.liveAt(ahead ? place : (this.position ?? place))
      if (mark) member.push(mark)
    }
    if (ahead) member.skipTo = place
    this.nudge()
  }

  /** Takes the members of another feed of the same stream, none of which misses or repeats anything. */
  takeOver(other: Feed): void {
    const { position, phase } = other
    if (position === undefined) return
    // What the other has told as present, and this one has told, too, is no past any more.
    if (other.current && (order(position, this.position ?? '') ?? 1) <= 0) this.#current = true
    const members = [...other.members]
    other.members.clear()
    for (const member of members) this.admit(member, position, phase === 'live')
    other.close()
  }

  /** Something changed about a member: the feed may have waited for it. */
  nudge(): void {
    this.#wake()
  }

  /** Subscribes anew behind what was told: the plan has changed. */
  restart(): void {
    this.#restarting = true
    void this.#mapped?.return(undefined)
    this.nudge()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#stop.abort()
    void this.#mapped?.return(undefined)
    this.nudge()
    this.owner.closed(this)
  }

  async #run(): Promise<void> {
    let failures = 0
    while (!this.#closed) {
      this.#progressed = false
      const failure = await this.#follow()
      if (this.#closed) return
      if (this.#restarting) {
        this.#restarting = false
        continue
      }
      failures = this.#progressed ? 0 : failures + 1
      if (!failure || !this.#heals(failure, failures)) return this.#finish(failure)
      count('sotp_gateway_resubscribes_total')
      const most = Math.min(retryFirstMs * 2 ** failures, retryMostMs)
      await sleep(most * (0.5 + Math.random() / 2), undefined, { signal: this.#stop.signal }).catch(() => {})
    }
  }

  /** Reads the subgraph's stream to its end. @returns why it broke, undefined when it completed */
  async #follow(): Promise<Failure | undefined> {
    try {
      const events = await this.owner.open(this.#from)
      if (!(Symbol.asyncIterator in events)) return (events.errors ?? []).map((error) => present(error))
      if (this.#closed || this.#restarting) {
        await events.return(undefined)
        return undefined
      }
      this.#openedAt = performance.now()
      if (!this.owner.resume?.snapshots) this.#goLive()
      this.#mapped = mapInOrder(events, (event) => this.owner.resolve(event))
      for await (const message of this.#mapped) {
        this.#emit(message)
        if (this.#waits) await this.#room()
        if (this.#work > workMax) await this.#breathe()
        if (this.#closed || this.#restarting) break
      }
      return undefined
    } catch (error) {
      return [this.owner.explain(error)]
    }
  }

  /** Where to go on. Part of a snapshot is nothing to go on from. */
  get #from(): string | undefined {
    return this.position ?? (this.#begun && this.owner.resume?.snapshots ? beginning : this.after)
  }

  #heals(failure: Failure, failures: number): boolean {
    const code = failure[0]?.extensions?.['code']
    if (!this.owner.resume || this.#from === undefined || !healable.has(code)) return false
    if (code === 'INTERNAL_SERVER_ERROR' && failures > unknownMax) return false
    return this.#begun || failures > 1 || performance.now() - this.#openedAt > acceptedAfterMs
  }

  #finish(failure: Failure | undefined): void {
    for (const member of [...this.members]) member.end(failure)
    this.close()
  }

  #goLive(): void {
    this.phase = 'live'
    this.owner.emitted(this)
  }

  #emit(message: Message): void {
    const { type, cursor } = message
    this.#begun = true
    this.#progressed = true
    this.#toldAt = performance.now()
    tally('sotp_gateway_events_total')
    if (type === marks.resync) {
      this.ring.clear()
      this.position = undefined
      this.phase = 'opening'
    }
    const again = type === marks.live && this.phase === 'live'
    if (type === marks.live) this.phase = 'live'
    if (cursor !== undefined && cursor !== beginning && type !== marks.snapshot) this.position = cursor
    // Members that are live need not hear that this feed, which was away for a moment, is live again.
    if (!again) {
      this.ring.push(message, this.owner.ringBounds(this.#young && this.ring.whole))
      for (const member of this.members) member.push(message)
      tally('sotp_gateway_messages_total', this.members.size)
    }
    this.#work += 20 + this.members.size
    this.owner.emitted(this)
  }

  /**
   * A snapshot or history is read as fast as its members read it, except those that read nothing, unless all are such.
   * Live events wait for nobody.
   */
  get #waits(): boolean {
    if (this.phase === 'live' || this.#closed || this.#restarting) return false
    let everybody = true
    for (const member of this.members) {
      if (!member.behind) everybody = false
      else if (!member.stuck) return true
    }
    return everybody
  }

  async #room(): Promise<void> {
    while (this.#waits) {
      await new Promise<void>((resolve) => {
        const again = setTimeout(resolve, roomCheckMs)
        this.#wake = () => {
          clearTimeout(again)
          resolve()
        }
      })
    }
  }

  async #breathe(): Promise<void> {
    this.#work = 0
    await turn()
  }
}
