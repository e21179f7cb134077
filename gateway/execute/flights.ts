interface Flight<Value> {
  value: Promise<Value>
  takenOffAt: number
}

/** Work that is under way, by key. Nothing is kept once it is done. */
export interface Flights<Value> {
  /** The work that is under way for this key, where it began a moment ago, or that which `start` begins. */
  join(key: string, start: () => Promise<Value>): { value: Promise<Value>; joined: boolean }
  /** From now on nobody joins what has begun: something was written, and who asks next must see it. */
  close(): void
}

/**
 * Whoever asks the same within `shareMs` of its beginning is given the same answer; later, what they get must be newer.
 */
export function openFlights<Value>(shareMs: number): Flights<Value> {
  const flights = new Map<string, Flight<Value>>()
  return {
    join(key, start) {
      const now = performance.now()
      const under = flights.get(key)
      if (under && now - under.takenOffAt < shareMs) return { value: under.value, joined: true }
      const flight: Flight<Value> = { value: start(), takenOffAt: now }
      flights.set(key, flight)
      const land = () => {
        if (flights.get(key) === flight) flights.delete(key)
      }
      flight.value.then(land, land)
      return { value: flight.value, joined: false }
    },
    close: () => flights.clear(),
  }
}
