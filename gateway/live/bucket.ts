/** A token bucket: `perSecond` on average, `burst` at once. */
export function openBucket(perSecond: number, burst: number): { take(): boolean } {
  let left = burst
  let at = performance.now()
  return {
    take() {
      const now = performance.now()
      left = Math.min(burst, left + ((now - at) / 1000) * perSecond)
      at = now
      if (left < 1) return false
      left -= 1
      return true
    },
  }
}

/** Counts what each key holds at the moment, up to `max`. */
export function openTally(max: number): { take(key: string): boolean; give(key: string): void } {
  const held = new Map<string, number>()
  return {
    take(key) {
      const own = held.get(key) ?? 0
      if (own >= max) return false
      held.set(key, own + 1)
      return true
    },
    give(key) {
      const own = (held.get(key) ?? 0) - 1
      if (own > 0) held.set(key, own)
      else held.delete(key)
    },
  }
}
