/** What lies under the crosshair of a chart. */
export interface CursorValues {
  /** Unix seconds. */
  at: number
  /** One for each line; null: no data there. */
  values: readonly (number | null)[]
  /** Moved by a key, and so to be spoken. */
  byKey: boolean
}

/** Where the crosshair is, outside React: only the legend follows each move of the mouse. */
export class ChartCursor {
  #now: CursorValues | undefined
  #listeners = new Set<() => void>()

  get = (): CursorValues | undefined => this.#now

  set(values: CursorValues | undefined): void {
    if (values === this.#now) return
    this.#now = values
    for (const listener of this.#listeners) listener()
  }

  watch = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
