/** A rate: so many a second on average, and so many at once. */
export interface Rate {
  perSecond: number
  burst: number
}

interface Bucket {
  tokens: number
  at: number
}

const sourcesMax = 20_000

/** Token buckets, one for each sender and one for all together. A sender that is over its own takes nothing of all's. */
export class Limits {
  readonly #sources = new Map<string, Bucket>()
  readonly #whole: Bucket

  constructor(
    private readonly perSource: Rate,
    private readonly total: Rate,
    now: number,
  ) {
    this.#whole = { tokens: total.burst, at: now }
  }

  /** Takes one token, or says whose there is none of. `now` in ms, of a clock that does not go back. */
  take(source: string, now: number): 'taken' | 'source' | 'total' {
    const own = this.#sources.get(source) ?? { tokens: this.perSource.burst, at: now }
    // Senders that were not heard of for the longest go first; whoever is forgotten begins with a full bucket.
    this.#sources.delete(source)
    const oldest = this.#sources.keys().next().value
    if (this.#sources.size >= sourcesMax && oldest !== undefined) this.#sources.delete(oldest)
    this.#sources.set(source, own)
    refill(own, this.perSource, now)
    if (own.tokens < 1) return 'source'
    refill(this.#whole, this.total, now)
    if (this.#whole.tokens < 1) return 'total'
    own.tokens--
    this.#whole.tokens--
    return 'taken'
  }
}

function refill(bucket: Bucket, { perSecond, burst }: Rate, now: number): void {
  bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond)
  bucket.at = now
}
