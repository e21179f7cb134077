import { createHash } from 'node:crypto'

import type { Trap } from '#core/contract/traps.js'

const trapsMax = 50_000
/** A row that is repeated without end is closed after so many windows, and a new one begins. */
const windowsMax = 60

/**
 * Finds what came before: from the same source the same notification with the same values, whatever its time stamp,
 * within a window after the last.
 */
export class Repeats {
  readonly #traps = new Map<string, Trap>()

  constructor(private readonly windowMs: number) {}

  /** The trap that this one repeats, noted with it; undefined where it is the first, which is remembered. */
  of(trap: Trap): Trap | undefined {
    if (this.windowMs === 0) return undefined
    const key = keyOf(trap)
    const known = this.#traps.get(key)
    this.#traps.delete(key)
    const isRepeat =
      known !== undefined &&
      trap.at - known.lastAt <= this.windowMs &&
      trap.at - known.at <= windowsMax * this.windowMs
    const oldest = this.#traps.keys().next().value
    if (this.#traps.size >= trapsMax && oldest !== undefined) this.#traps.delete(oldest)
    // Put at the end, so that those heard of last are the last.
    this.#traps.set(key, isRepeat ? known : trap)
    if (!isRepeat) return undefined
    known.repeats++
    known.lastAt = Math.max(known.lastAt, trap.at)
    return known
  }

  /** This one was not kept after all: what comes next is a first again. */
  forget(trap: Trap): void {
    const key = keyOf(trap)
    if (this.#traps.get(key) === trap) this.#traps.delete(key)
  }

  /** Forgets what can no longer be repeated. */
  sweep(now: number): void {
    for (const [key, { lastAt }] of this.#traps) {
      if (now - lastAt <= this.windowMs) return
      this.#traps.delete(key)
    }
  }
}

function keyOf({ source, engineId, version, kind, oid, varbinds, refusal, raw }: Trap): string {
  const content = oid === null ? raw : varbinds.map(({ oid: name, value }) => [name, value])
  return createHash('sha1')
    .update(JSON.stringify([source, engineId, version, kind, oid, refusal, content]))
    .digest('base64')
}
