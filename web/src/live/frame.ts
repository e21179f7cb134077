/**
 * Runs `run` before the next paint, but within 250 ms even where nothing is painted: browsers stop animation
 * frames of hidden tabs, and what piles up there would be applied in one long stall.
 */
export function nextFrame(run: () => void): void {
  let done = false
  const once = () => {
    if (done) return
    done = true
    clearTimeout(timer)
    cancelAnimationFrame(frame)
    run()
  }
  const timer = setTimeout(once, 250)
  const frame = requestAnimationFrame(once)
}
