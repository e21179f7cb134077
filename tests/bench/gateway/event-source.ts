import type { stateOf } from './device.js'

/** One event of the bench's stream. */
export interface DeviceChange {
  seq: number
  note: string
  state: ReturnType<typeof stateOf>
  device: { id: string }
}

type Deliver = (change: DeviceChange) => void

/** Hands each emitted event to every stream that is open. */
export class EventSource {
  readonly #open = new Set<Deliver>()

  emit(change: DeviceChange): void {
    for (const deliver of this.#open) deliver(change)
  }

  /** The events from now on; ending it, even while it waits, closes it. */
  stream(): AsyncGenerator<DeviceChange> {
    const ready: DeviceChange[] = []
    let waiting: ((step: IteratorResult<DeviceChange>) => void) | undefined
    const deliver: Deliver = (value) => {
      if (!waiting) return void ready.push(value)
      waiting({ done: false, value })
      waiting = undefined
    }
    const done = { done: true, value: undefined } as const
    const end = async () => {
      this.#open.delete(deliver)
      waiting?.(done)
      return done
    }
    this.#open.add(deliver)
    return {
      next: () => {
        const value = ready.shift()
        if (value) return Promise.resolve({ done: false, value })
        return new Promise((resolve) => {
          waiting = resolve
        })
      },
      return: end,
      throw: end,
      [Symbol.asyncIterator]() {
        return this
      },
      async [Symbol.asyncDispose]() {
        await end()
      },
    }
  }
}
