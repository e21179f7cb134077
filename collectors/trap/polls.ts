import type { ListenerContext } from '#core/service/listener.js'
import { count } from '#core/service/metrics.js'

import type { Sender } from './sources.js'

/** While Redis is away what is asked waits; a poll that waited long is no use to anybody. */
const waitingMax = 1000

/** Asks for polls of devices that said that something changed: at once, and at most one in so many ms a device. */
export class PollsOnTraps implements Disposable {
  /** Devices that were polled a moment ago, and whether they must be again. */
  readonly #recent = new Map<string, { timer: NodeJS.Timeout; again: boolean }>()
  #waiting = 0

  constructor(
    private readonly context: Pick<ListenerContext, 'poll' | 'log'>,
    private readonly restMs: number,
  ) {}

  ask(sender: Sender): void {
    const recent = this.#recent.get(sender.deviceId)
    if (recent) {
      // What changed after the last poll began is seen by one more, when the rest is over.
      recent.again = true
      return
    }
    const timer = setTimeout(() => {
      const { again } = this.#recent.get(sender.deviceId) ?? { again: false }
      this.#recent.delete(sender.deviceId)
      if (again) this.ask(sender)
    }, this.restMs)
    this.#recent.set(sender.deviceId, { timer: timer.unref(), again: false })
    for (const kind of sender.kinds) {
      if (this.#waiting >= waitingMax) return
      count('sotp_trap_polls_total', { kind })
      this.#waiting++
      this.context
        .poll(kind, sender.deviceId)
        .catch((error: unknown) => {
          this.context.log.warn({ err: error, deviceId: sender.deviceId }, 'a poll could not be asked for')
        })
        .finally(() => {
          this.#waiting--
        })
    }
  }

  [Symbol.dispose](): void {
    for (const { timer } of this.#recent.values()) clearTimeout(timer)
    this.#recent.clear()
  }
}
