import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionResult } from 'graphql'

import type { IdentitySigner } from '#core/service/identity.js'
import type { Log } from '#core/service/log.js'
import { count } from '#core/service/metrics.js'
import type { Secret } from '#core/service/secrets.js'

import { readDocument, type SinkDocument } from './document.js'
import { type ActiveSink, LostSink, type Pending, type Progress } from './progress.js'
import type { Sender } from './send.js'
import { openStream, StreamError } from './stream.js'

export interface PumpParts {
  sink: ActiveSink
  secret: Secret<string>
  progress: Progress
  sender: Sender
  signer: IdentitySigner
  gatewayUrl: string
  /** First pause after a failure, in ms; it doubles up to 15 minutes. */
  retryMs: number
  /** How long nothing may work until a sink is given up, in ms. */
  giveUpMs: number
  log: Log
}

const pauseMsMax = 900_000
/** Between two streams of which the first ended well. */
const restMs = 500

class GivenUp extends Error {}

/**
 * Runs one sink until `signal` aborts, it is given up, or it is no longer this runner's: follows its subscription
 * behind its cursor and delivers one event after the other.
 */
export async function runSink(parts: PumpParts, signal: AbortSignal): Promise<void> {
  const { sink, log } = parts
  try {
    await new Pump(parts, signal).run()
  } catch (error) {
    if (error instanceof GivenUp) log.warn({ sink: sink.id, err: error }, 'sink was given up')
    else if (!(error instanceof LostSink) && !signal.aborted) throw error
  }
}

class Pump {
  readonly #parts: PumpParts
  readonly #signal: AbortSignal
  readonly #document: SinkDocument
  /** Whether the sink shows an error. */
  #ailing: boolean
  #cursor: string | null
  #attempts: number
  /** Failures of the stream since it last told something. */
  #failures = 0

  constructor(parts: PumpParts, signal: AbortSignal) {
    this.#parts = parts
    this.#signal = signal
    this.#document = readDocument(parts.sink.document)
    this.#cursor = parts.sink.cursor
    this.#attempts = parts.sink.attempts
    this.#ailing = parts.sink.failingSince !== null
  }

  async run(): Promise<void> {
    const { pending } = this.#parts.sink
    if (pending) await this.#deliver(pending)
    while (!this.#signal.aborted) {
      try {
        await this.#follow()
        await this.#rest(restMs)
      } catch (error) {
        if (!(error instanceof StreamError)) throw error
        this.#failures += 1
        await this.#note(error.message, false)
        await this.#rest(pauseMs(this.#parts.retryMs, this.#failures))
      }
    }
  }

  async #follow(): Promise<void> {
    const { sink, signer, gatewayUrl } = this.#parts
    const results = openStream({
      gatewayUrl,
      signer,
      identity: { ...sink.identity, sessionId: sink.id },
      query: sink.document,
      operationName: this.#document.operationName,
      variables: { ...sink.variables, [this.#document.after]: this.#cursor },
      settled: () => this.#settled(),
      signal: this.#signal,
    })
    for await (const result of results) {
      const pending = this.#message(result)
      await this.#parts.progress.begin(pending)
      this.#attempts = 0
      await this.#deliver(pending)
      this.#failures = 0
    }
  }

  /** Nothing has happened, and that is no failure. */
  #settled(): void {
    this.#failures = 0
    if (!this.#ailing) return
    this.#ailing = false
    this.#parts.progress.healthy().catch((error: unknown) => {
      // The next event tells who has lost the sink; the error stays shown until it.
      this.#parts.log.debug({ err: error, sink: this.#parts.sink.id }, 'sink could not be called well')
    })
  }

  /** The message of an event. Its id is the same whenever the same event is told in the same words. */
  #message({ data, errors }: ExecutionResult): Pending {
    const event = (data as Record<string, unknown> | null | undefined)?.[this.#document.event]
    const cursor = (event as Record<string, unknown> | null | undefined)?.[this.#document.cursor]
    if (typeof cursor !== 'string') {
      // Without its cursor nothing could go on behind it; read again, it may well be whole.
      const [error] = errors ?? []
      throw new StreamError(`an event could not be read: ${error?.message ?? 'it has no cursor'}`)
    }
    const { id: sinkId, name } = this.#parts.sink
    const told = JSON.stringify(data)
    const hash = createHash('sha256').update(`${sinkId}\n${cursor}\n${told}`).digest('hex')
    const id = `evt_${hash.slice(0, 32)}`
    const body = JSON.stringify({ id, sink: name, cursor, event: data, ...(errors?.length && { errors }) })
    return { id, body, cursor }
  }

  async #deliver(pending: Pending): Promise<void> {
    const { sink, secret, sender, progress, retryMs } = this.#parts
    while (!this.#signal.aborted) {
      const { delivered, error, status, retryAfterMs } = await sender.send(sink.url, secret, pending)
      count('sotp_platform_sink_deliveries_total', { outcome: delivered ? 'delivered' : 'failed' })
      if (delivered) {
        await progress.done(pending)
        this.#cursor = pending.cursor
        this.#ailing = false
        return
      }
      this.#attempts += 1
      await this.#note(error ?? '', true)
      // Standard Webhooks: whoever answers 410 wants no more.
      if (status === 410) await this.#giveUp('it answered 410 Gone: it wants no more')
      await this.#rest(Math.max(pauseMs(retryMs, this.#attempts), retryAfterMs ?? 0))
    }
  }

  async #note(error: string, attempt: boolean): Promise<void> {
    if (this.#signal.aborted) return
    this.#ailing = true
    const since = await this.#parts.progress.failed(error, attempt)
    if (Date.now() - since.getTime() >= this.#parts.giveUpMs) await this.#giveUp(error)
  }

  async #giveUp(error: string): Promise<never> {
    await this.#parts.progress.giveUp(error)
    throw new GivenUp(error)
  }

  async #rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#signal, ref: false }).catch(() => {})
  }
}

/** Doubles with each failure, up to 15 minutes, and lies anywhere in its upper half: sinks do not knock in step. */
export const pauseMs = (firstMs: number, failures: number): number =>
  Math.min(firstMs * 2 ** (failures - 1), pauseMsMax) * (0.5 + Math.random() / 2)
