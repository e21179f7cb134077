import { createHash } from 'node:crypto'

/** Seconds that a message may be off the engine's clock (RFC 3414 §2.2.3). */
const windowSeconds = 150
const bootsMax = 2 ** 31 - 1
/** Where the count of boots begins: it is the time of the start, in seconds since then. */
const bootsEpochSeconds = 1_700_000_000
const enginesMax = 50_000

/** Our own engine: authoritative for the informs that it receives (RFC 3414 §1.5.1). */
export interface Engine {
  id: Buffer
  boots: number
  /** snmpEngineTime, s. */
  time(now: number): number
  isInWindow(boots: number, time: number, now: number): boolean
}

/**
 * @param id snmpEngineID, by default one made of `seed`, which must be the same after each start of this receiver and
 * of no other one (RFC 3411 §5: enterprise 0 for none of our own, format 5 for octets).
 *
 * The count of boots is the time of the start. So it grows from start to start and needs no memory that could be lost:
 * senders that remember a greater one than ours would take us for an impostor for ever.
 */
export function openEngine({
  id,
  seed,
  now,
}: {
  id?: Buffer | undefined
  seed: string
  now: number
}): Engine {
  const boots = Math.max(1, Math.floor(now / 1000) - bootsEpochSeconds)
  const time = (at: number) => Math.max(0, Math.floor((at - now) / 1000))
  return {
    id:
      id ??
      Buffer.concat([
        Buffer.from('8000000005', 'hex'),
        createHash('sha256').update(seed).digest().subarray(0, 12),
      ]),
    boots,
    time,
    isInWindow: (givenBoots, givenTime, at) =>
      givenBoots === boots && boots < bootsMax && Math.abs(givenTime - time(at)) <= windowSeconds,
  }
}

/**
 * Clocks of the engines that send traps, which are authoritative for these: a recorded trap that somebody sends again
 * later is refused (RFC 3414 §3.2 step 7b). An engine that is heard for the first time is believed.
 */
export class EngineClocks {
  readonly #clocks = new Map<string, { boots: number; time: number; heardAt: number }>()

  /** To be asked of authentic messages only, since it learns from them. */
  isInWindow(engineId: Buffer, { boots, time }: { boots: number; time: number }, now: number): boolean {
    const place = engineId.toString('hex')
    const known = this.#clocks.get(place)
    if (boots < 0 || boots >= bootsMax || time < 0) return false
    if (known) {
      const expected = known.time + (now - known.heardAt) / 1000
      if (boots < known.boots || (boots === known.boots && time < expected - windowSeconds)) return false
      if (boots === known.boots && time <= known.time) return true
    }
    this.#clocks.delete(place)
    // A map keeps the order of insertion, so the first is the one not heard of for the longest.
    const oldest = this.#clocks.keys().next().value
    if (this.#clocks.size >= enginesMax && oldest !== undefined) this.#clocks.delete(oldest)
    this.#clocks.set(place, { boots, time, heardAt: now })
    return true
  }
}
