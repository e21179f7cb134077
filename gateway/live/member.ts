import type { GraphQLFormattedError } from 'graphql'

import { errors } from '#core/contract/errors.js'

import { Held } from './held.js'
import { extended, type Message, marks } from './message.js'
import { order } from './position.js'
import { tally } from './tally.js'

/** One client's end of a subscription, whatever carries it. */
export interface Outlet {
  /** Bytes that were handed over and that the network has not taken yet. */
  readonly backlog: number
  /** Sends one result. `body` replaces the message's own where this client is told more. */
  send(message: Message, body?: Buffer): void
  /** The subscription is over: with errors it failed, without it is complete. Nothing is sent afterwards. */
  end(errors?: readonly GraphQLFormattedError[]): void
}

/** Above this a client reads more slowly than it is written to, and what follows waits here. */
const backlogMax = 256 * 1024
/** What may wait for one slow client. */
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
  readonly #held = new Held()
  #skipped = 0
  /** What the next message says in its `extensions`. */
  #notes: Record<string, unknown> | undefined
  #patience: NodeJS.Timeout | undefined
  #drainedAt = performance.now()

  constructor(
    private readonly outlet: Outlet,
    /** Called once it has ended, by whatever. */
    private readonly onEnd: () => void,
  ) {}

  /** Whether messages wait because the client does not read. */
  get behind(): boolean {
    return !this.#held.empty || this.outlet.backlog > backlogMax
  }

  /** Whether it has read nothing for so long that others should not wait for it. */
  get stuck(): boolean {
    return this.behind && performance.now() - this.#drainedAt > stuckAfterMs
  }

  push(message: Message): void {
    if (this.ended || (this.skipTo !== undefined && this.#has(message, this.skipTo))) return
    if (this.#held.empty && this.outlet.backlog <= backlogMax) this.#send(message)
    else this.#hold(message)
  }

  /** What came before it joined. The list may grow behind its present end, and change in no other way. */
  catchUp(messages: readonly Message[]): void {
    if (this.ended) return
    if (!this.#held.empty) for (const message of messages) this.push(message)
    else {
      this.#held.follow(messages)
      this.#sendHeld()
    }
  }

  /** The next message says this too, in its `extensions`. */
  note(extensions: Readonly<Record<string, unknown>>): void {
    this.#notes = { ...this.#notes, ...extensions }
  }

  /** The network took what was handed over: what waited follows, in order. */
  drained(): void {
    this.#drainedAt = performance.now()
    this.#rest()
    if (!this.ended) this.#sendHeld()
  }

  /** Forgets what waits: the client goes on in another stream, from `sent`. */
  clear(): void {
    this.#held.clear()
    this.skipTo = undefined
    this.#rest()
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

  #has({ cursor, type }: Message, skipTo: string): boolean {
    if (type === marks.resync) this.skipTo = undefined
    else if (cursor !== undefined && (order(cursor, skipTo) ?? 1) <= 0) return true
    return false
  }

  #send(message: Message): void {
    if (message.cursor !== undefined) this.sent = message.cursor
    if (this.#skipped > 0) {
      this.note({ skipped: this.#skipped })
      this.#skipped = 0
    }
    if (this.#notes === undefined) this.outlet.send(message)
    else {
      this.outlet.send(message, extended(message, this.#notes))
      this.#notes = undefined
    }
  }

  #sendHeld(): void {
    while (!this.#held.empty && this.outlet.backlog <= backlogMax) {
      const message = this.#held.shift()
      if (message) this.#send(message)
    }
    if (!this.#held.empty) this.#wait()
  }

  #hold(message: Message): void {
    const skipped = this.#held.push(message)
    if (skipped > 0) {
      this.#skipped += skipped
      tally('sotp_gateway_conflated_total', skipped)
    }
    this.#wait()
    if (this.#held.bytes > heldBytesMax || this.#held.size > heldMax) this.#giveUp()
  }

  #wait(): void {
    this.#patience ??= setTimeout(() => this.#giveUp(), patienceMs).unref()
  }

  #rest(): void {
    clearTimeout(this.#patience)
    this.#patience = undefined
  }

  #giveUp(): void {
    const unsent = this.#held.size
    const skipped = this.#skipped + unsent
    tally('sotp_gateway_dropped_total', unsent)
    const { message, retry } = errors.SLOW_CONSUMER
    this.end([
      {
        message: `${message} ${skipped} were not sent.`,
        extensions: { code: 'SLOW_CONSUMER', retry, skipped },
      },
    ])
  }
}
