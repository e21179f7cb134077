import type { TrapCount, TrapOutcome } from '#core/contract/traps.js'
import { count } from '#core/service/metrics.js'

/** Outcomes that are told of each sender, so that it can be found and silenced. */
const ofSources: ReadonlySet<TrapOutcome> = new Set(['RATE_LIMITED_SOURCE', 'REFUSED', 'REFUSED_NOT_KEPT'])
const sourcesMax = 200

/** Counts what became of each datagram, for the next report. */
export class Tally {
  #sums = new Map<TrapOutcome, number>()
  #sources = new Map<string, TrapCount>()

  add(outcome: TrapOutcome, source: string, datagrams = 1): void {
    count('sotp_trap_datagrams_total', { outcome }, datagrams)
    this.#sums.set(outcome, (this.#sums.get(outcome) ?? 0) + datagrams)
    if (!ofSources.has(outcome)) return
    const place = `${outcome} ${source}`
    const known = this.#sources.get(place)
    if (known) known.datagrams += datagrams
    // Beyond that many senders at once only the sum is told: they are forged, or somebody's storm is everybody's.
    else if (this.#sources.size < sourcesMax) this.#sources.set(place, { source, outcome, datagrams })
  }

  get isEmpty(): boolean {
    return this.#sums.size === 0
  }

  /** What was counted since the last time. */
  take(): TrapCount[] {
    const sums = [...this.#sums].map(([outcome, datagrams]) => ({ source: null, outcome, datagrams }))
    const counts = [...sums, ...this.#sources.values()]
    this.#sums = new Map()
    this.#sources = new Map()
    return counts
  }
}
