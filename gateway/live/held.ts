import { type Message, marks } from './message.js'

/** Up to here everything waits as it came: a burst is no slow reader. */
const looseBytesMax = 1024 * 1024

/**
 * What waits for one client. As long as it is little, all of it; above that the latest message of each thing, in the
 * order of the stream. Messages are shared between clients, but when all others have read them they are this one's.
 */
export class Held {
  /** What the client joined too late for, from a list that others share. */
  #missed: { messages: readonly Message[]; next: number; end: number } | undefined
  #queue: Message[] = []
  #next = 0
  #latest: Map<string, Message> | undefined
  #bytes = 0

  /** Bytes of what waits, without what is shared with others who joined. */
  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    const missed = this.#missed ? this.#missed.end - this.#missed.next : 0
    return missed + (this.#latest ? this.#latest.size : this.#queue.length - this.#next)
  }

  get empty(): boolean {
    return this.#missed === undefined && this.#latest === undefined && this.#next === this.#queue.length
  }

  /** Everything in the list up to its present end goes first. Only where nothing waits. */
  follow(messages: readonly Message[]): void {
    if (messages.length > 0) this.#missed = { messages, next: 0, end: messages.length }
  }

  /** @returns how many messages it took the place of */
  push(message: Message): number {
    // What came before a new snapshot is of no use behind it.
    if (message.type === marks.resync) {
      const skipped = this.clear()
      this.#append(message)
      return skipped
    }
    if (this.#latest) return this.#replace(this.#latest, message)
    this.#append(message)
    return this.#bytes > looseBytesMax ? this.#conflate() : 0
  }

  /** The next in order; undefined when nothing waits. */
  shift(): Message | undefined {
    if (this.#missed) {
      const { messages, next, end } = this.#missed
      this.#missed = next + 1 < end ? { messages, next: next + 1, end } : undefined
      return messages[next]
    }
    const message = this.#latest ? this.#shiftLatest(this.#latest) : this.#queue[this.#next++]
    if (message) this.#bytes -= message.body.length
    if (this.#next >= this.#queue.length) {
      this.#queue = []
      this.#next = 0
    }
    return message
  }

  /** @returns how many were forgotten */
  clear(): number {
    const { size } = this
    this.#missed = undefined
    this.#queue = []
    this.#next = 0
    this.#latest = undefined
    this.#bytes = 0
    return size
  }

  #append(message: Message): void {
    this.#queue.push(message)
    this.#bytes += message.body.length
  }

  #conflate(): number {
    const waiting = this.#queue.slice(this.#next)
    this.#queue = []
    this.#next = 0
    this.#bytes = 0
    const latest = new Map<string, Message>()
    this.#latest = latest
    return waiting.reduce((skipped, message) => skipped + this.#replace(latest, message), 0)
  }

  #replace(latest: Map<string, Message>, message: Message): number {
    const older = latest.get(message.about)
    // Out and in again, so that what waits stays in the order of the stream.
    if (older) latest.delete(message.about)
    latest.set(message.about, message)
    this.#bytes += message.body.length - (older?.body.length ?? 0)
    return older ? 1 : 0
  }

  #shiftLatest(latest: Map<string, Message>): Message | undefined {
    const [about, message] = latest.entries().next().value ?? []
    if (about !== undefined) latest.delete(about)
    if (latest.size === 0) this.#latest = undefined
    return message
  }
}
