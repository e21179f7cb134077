import type { Trap, TrapOutcome } from '#core/contract/traps.js'

import type { Access } from './access.js'
import type { TrapBuffer } from './buffer.js'
import type { Catalogue } from './catalogue.js'
import { Informs } from './informs.js'
import type { Limits } from './limits.js'
import type { PollsOnTraps } from './polls.js'
import { receive } from './receive.js'
import type { V3Receiver } from './receive-v3.js'
import type { Received } from './received.js'
import { type Origin, recordOf } from './record.js'
import type { Repeats } from './repeats.js'
import type { Sender, Senders } from './sources.js'
import type { Tally } from './tally.js'

export interface ReceiverParts {
  v3: V3Receiver
  catalogue: Catalogue
  senders: Pick<Senders, 'at'>
  limits: Limits
  /** Of what is refused: a stricter limit on how much of it is kept. */
  refusedLimits: Limits
  repeats: Repeats
  buffer: TrapBuffer
  tally: Tally
  polls: Pick<PollsOnTraps, 'ask'>
}

/** Answers the sender of a datagram. */
export type Answer = (message: Buffer) => void

/** Decides what becomes of each datagram: exactly one outcome each, whatever is in it. */
export class Receiver {
  readonly #informs = new Informs()

  constructor(private readonly parts: ReceiverParts) {}

  take(datagram: Buffer, origin: Origin, answer: Answer, access: Access): TrapOutcome {
    const outcome = this.#decide(datagram, origin, answer, access)
    this.parts.tally.add(outcome, origin.source)
    this.parts.buffer.counted()
    return outcome
  }

  #decide(datagram: Buffer, origin: Origin, answer: Answer, access: Access): TrapOutcome {
    const { v3, limits } = this.parts
    const allowed = limits.take(origin.source, performance.now())
    if (allowed !== 'taken') return allowed === 'source' ? 'RATE_LIMITED_SOURCE' : 'RATE_LIMITED_TOTAL'
    const received = receive(datagram, access, v3, origin.at)
    if (received.outcome === 'answered') {
      answer(received.report)
      return 'ENGINE_DISCOVERY'
    }
    if (received.outcome === 'refused') return this.#refuse(received, datagram, origin, answer)
    return this.#accept(received, datagram, origin, answer)
  }

  #refuse(
    received: Extract<Received, { outcome: 'refused' }>,
    datagram: Buffer,
    origin: Origin,
    answer: Answer,
  ): TrapOutcome {
    const { repeats, refusedLimits, buffer, catalogue } = this.parts
    if (received.report) answer(received.report)
    const { trap } = recordOf(received, datagram, origin, catalogue)
    // Its own words about who sent it are not believed, the address of the datagram is.
    trap.deviceId = this.parts.senders.at(origin.source, origin.port)?.deviceId ?? null
    const known = repeats.of(trap)
    if (known) {
      buffer.repeated(known)
      return 'REPEATED'
    }
    if (refusedLimits.take(origin.source, performance.now()) !== 'taken')
      return this.#forget(trap, 'REFUSED_NOT_KEPT')
    return buffer.add(trap) ? 'REFUSED' : this.#forget(trap, 'BUFFER_FULL')
  }

  #accept(
    received: Extract<Received, { outcome: 'accepted' }>,
    datagram: Buffer,
    origin: Origin,
    answer: Answer,
  ): TrapOutcome {
    const { repeats, buffer, catalogue, polls } = this.parts
    const { reply, notification } = received
    const key = `${origin.source} ${origin.port} ${notification.requestId} ${notification.oid}`
    const state = reply ? this.#informs.look(key, origin.at) : 'new'
    if (state !== 'new') {
      if (state === 'safe' && reply) answer(reply(Date.now()))
      return 'RETRANSMITTED'
    }
    const { trap, poll } = recordOf(received, datagram, origin, catalogue)
    const sender = this.#senderOf(trap)
    trap.deviceId = sender?.deviceId ?? null
    const known = repeats.of(trap)
    if (poll && sender) polls.ask(sender)
    const acknowledge = reply && this.#acknowledgement(key, origin.at, () => answer(reply(Date.now())))
    if (known && !acknowledge) {
      buffer.repeated(known)
      return 'REPEATED'
    }
    if (buffer.add(known ?? trap, acknowledge)) return known ? 'REPEATED' : 'STORED'
    return known ? 'BUFFER_FULL' : this.#forget(trap, 'BUFFER_FULL')
  }

  /** What was not taken is no first of any repeats either. */
  #forget(trap: Trap, outcome: TrapOutcome): TrapOutcome {
    this.parts.repeats.forget(trap)
    return outcome
  }

  #acknowledgement(key: string, now: number, answer: () => void): () => void {
    const isSafe = this.#informs.taken(key, now)
    return () => {
      isSafe()
      answer()
    }
  }

  /** What a proxy or a v1 agent says of itself goes before the address of the datagram, where a device has it. */
  #senderOf({ agentAddress, source, sourcePort }: Trap): Sender | undefined {
    const { senders } = this.parts
    return (agentAddress === null ? undefined : senders.at(agentAddress)) ?? senders.at(source, sourcePort)
  }
}
