import { setTimeout as sleep } from 'node:timers/promises'

/** Spreads what many do at the same time: no more than so many turns a second. */
export class Pace {
  #next = 0
  readonly #gapMs: number

  constructor(perSecond: number) {
    this.#gapMs = 1000 / perSecond
  }

  /** Resolves when it is the caller's turn. @throws the signal's reason when it aborts before */
  async turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const now = performance.now()
    const at = Math.max(now, this.#next)
    this.#next = at + this.#gapMs
    if (at > now) await sleep(at - now, undefined, { signal })
  }
}
