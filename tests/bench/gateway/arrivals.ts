/** Events that arrived at the readers of a stream, counted in another process. */
export interface Arrivals {
  total: () => Promise<number>
  until: (total: number, withinMs: number) => Promise<number>
}

/** GraphQL does not tell when a subscription has begun, so events are sent until one reaches each of `count` readers. */
export async function untilAllHear(
  arrivals: Arrivals,
  emit: () => Promise<unknown>,
  count: number,
): Promise<void> {
  for (let tries = 0; tries < 30; tries++) {
    const before = await arrivals.total()
    await emit()
    await arrivals.until(before + count, 1000)
    // One that comes late, of an earlier event, may have filled the count.
    await new Promise((resolve) => setTimeout(resolve, 200))
    if ((await arrivals.total()) === before + count) return
  }
  throw new Error(`not each of ${count} readers gets events`)
}
