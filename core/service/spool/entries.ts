import type { Place } from './segments.js'

/** A record that is kept: where it lies, and what it holds while that is cheap to remember. */
export interface Entry {
  number: number
  weight: number
  place: Place | undefined
  payload: Buffer | undefined
  /** Of one that must be safe and is not yet: it was handed over, or given up with this error. */
  settle?: (error?: Error) => void
}

/** A record on its way to the disk. */
export interface Coming {
  entry: Entry
  frame: Buffer
  /** Whether it must be safe before it is settled. */
  safe: boolean
  settle: (error?: Error) => void
}

/** The records that a spool keeps, by number, in order. */
export class Entries {
  readonly #byNumber = new Map<number, Entry>()
  #remembered = 0

  /** Bytes of payloads that are remembered. */
  get remembered(): number {
    return this.#remembered
  }

  /** Entries may be forgotten meanwhile. */
  all(): Iterable<Entry> {
    return this.#byNumber.values()
  }

  add(entry: Entry): void {
    this.#byNumber.set(entry.number, entry)
    this.#remembered += entry.payload?.length ?? 0
  }

  get(number: number): Entry | undefined {
    return this.#byNumber.get(number)
  }

  forget(number: number): void {
    const entry = this.#byNumber.get(number)
    if (entry) this.unremember(entry)
    this.#byNumber.delete(number)
  }

  /** What it holds is to be read again from where it lies. */
  unremember(entry: Entry): void {
    this.#remembered -= entry.payload?.length ?? 0
    entry.payload = undefined
  }
}
