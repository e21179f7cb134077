/** Counts arrivals, and tells when there are enough. */
export class Tally {
  #total = 0
  #wanted: { total: number; reached: () => void } | undefined

  get total(): number {
    return this.#total
  }

  add(): void {
    this.#total++
    if (this.#wanted && this.#total >= this.#wanted.total) this.#wanted.reached()
  }

  /** Waits for so many in all, but no longer than `withinMs`. @returns how many there are */
  async until(total: number, withinMs: number): Promise<number> {
    if (this.#total >= total) return this.#total
    const { promise, resolve } = Promise.withResolvers<void>()
    const late = setTimeout(resolve, withinMs)
    this.#wanted = { total, reached: resolve }
    await promise
    clearTimeout(late)
    this.#wanted = undefined
    return this.#total
  }
}
