const firstMs = 500
const mostMs = 30_000

/**
 * How long to wait before attempt `attempt` (0 is the first retry), in ms: doubling, at most 30 s, with full
 * jitter in its upper half, so that a thousand browsers do not come back in the same instant.
 */
export function backoffMs(attempt: number, random = Math.random): number {
  const ceiling = Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 10))
  return Math.round(ceiling / 2 + (random() * ceiling) / 2)
}
