import { SotpError } from '#core/service/errors.js'

/** Events that may wait for one reader. A socket shared by many streams cannot be paused for the slowest. */
const waitingMax = 20_000

export interface EventBuffer<Event> {
  push(event: Event): void
  /** Ends the stream with an error after what already waits. */
  fail(error: Error): void
  end(): void
}

/**
 * Turns pushed events into a stream with a bound: a reader who falls `waitingMax` behind loses the stream with
 * SLOW_CONSUMER instead of the process losing its memory. `open` starts the source and returns how to stop it.
 */
export function openEventBuffer<Event>(
  open: (buffer: EventBuffer<Event>) => () => void,
): AsyncGenerator<Event> {
  const events: Event[] = []
  const readers: { resolve(step: IteratorResult<Event>): void; reject(error: Error): void }[] = []
  let ended: { error: Error | undefined } | undefined
  let close: (() => void) | undefined

  function finish(error: Error | undefined): void {
    if (ended) return
    ended = { error }
    for (const reader of readers.splice(0)) {
      if (error) reader.reject(error)
      else reader.resolve({ done: true, value: undefined })
    }
  }
  const stop = () => {
    finish(undefined)
    const closing = close
    close = undefined
    closing?.()
  }

  close = open({
    push(event) {
      if (ended) return
      const reader = readers.shift()
      if (reader) reader.resolve({ done: false, value: event })
      else if (events.length < waitingMax) events.push(event)
      else {
        finish(new SotpError('SLOW_CONSUMER'))
        close?.()
        close = undefined
      }
    },
    fail: finish,
    end: () => finish(undefined),
  })

  return {
    async next() {
      const event = events.shift()
      if (event !== undefined) return { done: false, value: event }
      if (ended?.error) {
        const { error } = ended
        ended = { error: undefined }
        throw error
      }
      if (ended) return { done: true, value: undefined }
      return new Promise((resolve, reject) => readers.push({ resolve, reject }))
    },
    async return() {
      events.length = 0
      stop()
      return { done: true, value: undefined }
    },
    async throw(error) {
      stop()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
    async [Symbol.asyncDispose]() {
      stop()
    },
  }
}
