import { setTimeout } from 'node:timers/promises'

/** A call may be made again for every tenth one, so that retries never make an overload worse. */
const perCall = 0.1
const savedMax = 10
const pauseMs = 50

/** Calls once more what failed on the way, while the budget lasts. */
export interface Retries {
  /** Runs the call; when it fails with something that `again` accepts, once more after a short random pause. */
  run<Value>(call: () => Promise<Value>, again: (error: unknown) => boolean): Promise<Value>
}

export function openRetries(onRetry: () => void = () => {}): Retries {
  let saved = savedMax
  return {
    async run(call, again) {
      saved = Math.min(savedMax, saved + perCall)
      try {
        return await call()
      } catch (error) {
        if (saved < 1 || !again(error)) throw error
        saved -= 1
        onRetry()
        await setTimeout(Math.random() * pauseMs)
        return call()
      }
    },
  }
}
