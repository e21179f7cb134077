/** How long the sender of an inform may go on asking for its answer. */
const keepMs = 60_000
const informsMax = 20_000

interface Known {
  at: number
  isSafe: boolean
}

/**
 * Informs that were taken, by sender and request-id: whoever did not get our answer sends the same again, which is not
 * another event (RFC 3416 §4.2.7, and the retries of SNMP-TARGET-MIB).
 */
export class Informs {
  readonly #known = new Map<string, Known>()

  /**
   * `new`: take it, and say so with `taken`. `waiting`: it was taken and is on its way, the answer will come.
   * `safe`: it may be answered again at once.
   */
  look(key: string, now: number): 'new' | 'waiting' | 'safe' {
    const known = this.#known.get(key)
    if (!known || now - known.at > keepMs) return 'new'
    return known.isSafe ? 'safe' : 'waiting'
  }

  /** @returns what to call once it is safe */
  taken(key: string, now: number): () => void {
    const known = { at: now, isSafe: false }
    this.#known.delete(key)
    const oldest = this.#known.keys().next().value
    if (this.#known.size >= informsMax && oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(key, known)
    return () => {
      known.isSafe = true
    }
  }
}
