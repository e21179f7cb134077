import type { GraphQLFormattedError } from 'graphql'

import { errors } from '#core/contract/errors.js'
import { count } from '#core/service/metrics.js'

import { extended, type Message, marks } from './message.js'
import { order } from './position.js'

/** One client's end of a subscription, whatever carries it. */
export interface Outlet {
  /** Bytes that were handed over and that the network has not taken yet. */
  readonly backlog: number
  /** Sends one result. `body` replaces the message's own where this client is told more. */
  send(message: Message, body?: Buffer): void
  /** The subscription is over: with errors it failed, without it is complete. Nothing is sent afterwards. */
  end(errors?: readonly GraphQLFormattedError[]): void
}

/** Above this a client reads too slowly to be given everything. */
const backlogMax = 256 * 1024
/** What may wait for one slow client. Messages are shared, but when all others have read them they are its own. */
const heldBytesMax = 4 * 1024 * 1024
const heldMax = 10_000
/** A client that takes nothing at all for so long is given up. */
const patienceMs = 30_000
/** Others who wait for the same snapshot do not wait for this one any longer. */
const stuckAfterMs = 2000

/**
 * What one client gets of a stream. A client that reads more slowly than events come gets the latest event of each
 * thing instead of all, and is told how many were skipped; it is cut off only when even that is more than may wait.
 */
export class Member {
  /** Place of the last message that was handed over: where this client goes on elsewhere. */
  sent: string | undefined
  /** It already has everything up to here, though the stream it joined has not. */
  skipTo: string | undefined
  ended = false
  /** What it joined too late for, from a list that others share. */
  #missed: { messages: readonly Message[]; next: number; end: number } | undefined
  readonly #held = new Map<string, Message>()
  #heldBytes = 0
  #skipped = 0
  #notes: Record<string, unknown> = {}
  #patience: NodeJS.Timeout | undefined
  #drainedAt = performance.now()

  constructor(
    private readonly outlet: Outlet,
    /** Called once it has ended, by whatever. */
    private readonly onEnd: () => void,
  ) {}

  /** Whether messages wait because the client does not read. */
  get behind(): boolean {
    return this.#waiting || this.outlet.backlog > backlogMax
  }

  /** Whether it has read nothing for so long that others should not wait for it. */
  get stuck(): boolean {
    return this.behind && performance.now() - this.#drainedAt > stuckAfterMs
  }

  push(message: Message): void {
    if (this.ended || this.#has(message)) return
    if (!this.#waiting && this.outlet.backlog <= backlogMax) this.#send(message)
    else this.#hold(message)
  }

  /** What came before it joined. The list may grow behind its present end, and change in no other way. */
  catchUp(messages: readonly Message[]): void {
    if (messages.length === 0 || this.ended) return
    if (this.#waiting) for (const message of messages) this.push(message)
    else {
      this.#missed = { messages, next: 0, end: messages.length }
      this.#sendMissed()
      if (this.#missed) this.#wait()
    }
  }

  /** The next message says this too, in its `extensions`. */
  note(extensions: Readonly<Record<string, unknown>>): void {
    Object.assign(this.#notes, extensions)
  }

  /** The network took what was handed over: what waited follows, in order. */
  drained(): void {
    this.#drainedAt = performance.now()
    if (this.ended || !this.#waiting) return
    this.#sendMissed()
    if (!this.#missed) this.#sendHeld()
    clearTimeout(this.#patience)
    this.#patience = undefined
    if (this.#waiting) this.#wait()
  }

  #sendMissed(): void {
    while (this.#missed && this.outlet.backlog <= backlogMax) {
      const { messages, next, end } = this.#missed
      const message = messages[next]
      this.#missed = next + 1 < end ? { messages, next: next + 1, end } : undefined
      if (message) this.#send(message)
    }
  }

  #sendHeld(): void {
    for (const [about, message] of this.#held) {
      if (this.outlet.backlog > backlogMax) break
      this.#held.delete(about)
      this.#heldBytes -= message.body.length
      this.#send(message)
    }
  }

  /** Forgets what waits: the client goes on in another stream, from `sent`. */
  clear(): void {
    this.#missed = undefined
    this.#held.clear()
    this.#heldBytes = 0
    this.skipTo = undefined
    clearTimeout(this.#patience)
    this.#patience = undefined
  }

  end(found?: readonly GraphQLFormattedError[]): void {
    if (this.ended) return
    this.leave()
    this.outlet.end(found)
  }

  /** Ends without a word: the client is gone. */
  leave(): void {
    if (this.ended) return
    this.ended = true
    this.clear()
    this.onEnd()
  }

  get #waiting(): boolean {
    return this.#missed !== undefined || this.#held.size > 0
  }

  #has({ cursor, type }: Message): boolean {
    if (this.skipTo === undefined) return false
    if (type === marks.resync) this.skipTo = undefined
    else if (cursor !== undefined && (order(cursor, this.skipTo) ?? 1) <= 0) return true
    return false
  }

  #send(message: Message): void {
    if (message.cursor !== undefined) this.sent = message.cursor
    if (this.#skipped > 0) this.note({ skipped: this.#skipped })
    this.#skipped = 0
    if (Object.keys(this.#notes).length === 0) return this.outlet.send(message)
    this.outlet.send(message, extended(message, this.#notes))
    this.#notes = {}
  }

  #hold(message: Message): void {
    if (message.type === marks.resync) {
      this.#skip(this.#held.size + (this.#missed ? this.#missed.end - this.#missed.next : 0))
      this.#missed = undefined
      this.#held.clear()
      this.#heldBytes = 0
    }
    const older = this.#held.get(message.about)
    if (older) {
      // Out and in again, so that what waits stays in the order of the stream.
      this.#held.delete(message.about)
      this.#heldBytes -= older.body.length
      this.#skip(1)
    }
    this.#held.set(message.about, message)
    this.#heldBytes += message.body.length
    if (this.#patience === undefined) this.#wait()
    if (this.#heldBytes > heldBytesMax || this.#held.size > heldMax) this.#giveUp()
  }

  #skip(by: number): void {
    this.#skipped += by
    count('sotp_gateway_conflated_total', {}, by)
  }

  #wait(): void {
    this.#patience = setTimeout(() => this.#giveUp(), patienceMs).unref()
  }

  #giveUp(): void {
    const unsent = this.#held.size + (this.#missed ? this.#missed.end - this.#missed.next : 0)
    const skipped = this.#skipped + unsent
    count('sotp_gateway_dropped_total', {}, unsent)
    const { message, retry } = errors.SLOW_CONSUMER
    this.end([
      {
        message: `${message} ${skipped} were not sent.`,
        extensions: { code: 'SLOW_CONSUMER', retry, skipped },
      },
    ])
  }
}
