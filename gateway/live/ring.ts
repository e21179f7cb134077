import { isMark, type Message, marks } from './message.js'
import { beginning, reaches } from './position.js'

/** Cursors of a snapshot are no place in the stream. */
const placeOf = ({ cursor, type }: Message): string | undefined =>
  cursor === beginning || type === marks.snapshot ? undefined : cursor

export interface RingBounds {
  bytesMax: number
  countMax: number
}

/**
 * The last messages of a stream, so that whoever was away for a moment is served from here. `floor` is the place up to
 * which everything lies before the first message kept: whoever has all up to there, or later, misses nothing.
 */
export class Ring {
  #messages: Message[] = []
  #bytes = 0
  /** Undefined: not known, nobody can go on from here. */
  floor: string | undefined
  /** Whether nothing was dropped since the beginning. */
  whole = true

  constructor(floor: string | undefined) {
    this.floor = floor === beginning ? undefined : floor
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Everything kept, oldest first. */
  get messages(): readonly Message[] {
    return this.#messages
  }

  push(message: Message, { bytesMax, countMax }: RingBounds): void {
    this.#messages.push(message)
    this.#bytes += message.body.length
    // Where the beginning is not known, the first event is it: what came before was not seen here.
    this.floor ??= placeOf(message)
    if (this.#messages.length > countMax || this.#bytes > bytesMax) this.#drop({ bytesMax, countMax })
  }

  /** A tenth more than must be, so that it happens seldom; into a new list, because members may still read the old one. */
  #drop({ bytesMax, countMax }: RingBounds): void {
    const countGoal = countMax * 0.9
    const bytesGoal = bytesMax * 0.9
    let dropped = 0
    while (
      dropped < this.#messages.length &&
      (this.#messages.length - dropped > countGoal || this.#bytes > bytesGoal)
    ) {
      const oldest = this.#messages[dropped] as Message
      this.#bytes -= oldest.body.length
      this.floor = placeOf(oldest) ?? this.floor
      dropped += 1
    }
    this.whole = false
    this.#messages = this.#messages.slice(dropped)
  }

  /** History ended here: a snapshot follows. */
  clear(): void {
    this.#messages = []
    this.#bytes = 0
    this.floor = undefined
    this.whole = false
  }

  /** Whether whoever has everything up to `place` can go on from here. */
  covers(place: string): boolean {
    if (this.floor === undefined || place === beginning) return false
    return reaches(place, this.floor) || this.#messages.some(({ cursor }) => cursor === place)
  }

  /** What whoever has everything up to `place` has not seen, without marks. Ask `covers` first. */
  after(place: string): readonly Message[] {
    return this.#messages.slice(this.#indexAfter(place)).filter((message) => !isMark(message))
  }

  #indexAfter(place: string): number {
    const messages = this.#messages
    for (let index = messages.length - 1; index >= 0; index -= 1) {
      const own = placeOf(messages[index] as Message)
      if (own !== undefined && reaches(place, own)) return index + 1
    }
    return 0
  }
}
