/** Octets of SNMP that fit an unfragmented datagram (Ethernet, IPv4). */
const datagramOctets = 1464
/** What a varbind takes as long as nothing is known, headers of the message included. */
const varbindOctets = 24
/** Successful requests after which one repetition more is tried. */
const worksBeforeMore = 200

/**
 * How much to ask of one device at once: max-repetitions of GETBULK (RFC 3416 §4.2.3). Halves when an answer is too
 * big or does not come (a fragment may have been dropped on the way), down to one; grows again by one after many
 * requests that worked.
 */
export class Pacing {
  #now: number
  #works = 0

  constructor(readonly max: number) {
    this.#now = max
  }

  /** For a request of so many columns, whose varbinds take so many octets each. */
  repetitions(columns: number, octets = varbindOctets): number {
    // One more varbind tells sysUpTime.
    const fitting = Math.floor((datagramOctets / octets - 1) / Math.max(1, columns))
    return Math.max(1, Math.min(this.#now, fitting))
  }

  /** `asked` repetitions were too many. Returns what to ask for next. */
  failed(asked: number): number {
    this.#works = 0
    this.#now = Math.max(1, asked >> 1)
    return this.#now
  }

  worked(): void {
    if (this.#now >= this.max || ++this.#works < worksBeforeMore) return
    this.#works = 0
    this.#now++
  }
}
