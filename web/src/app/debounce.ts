/** Runs `run` once, `ms` after the first of a burst of calls: many events, one refetch, never starved. */
export function debounce(run: () => void, ms: number): () => void {
  let waiting = false
  return () => {
    if (waiting) return
    waiting = true
    setTimeout(() => {
      waiting = false
      run()
    }, ms)
  }
}
