import { randomUUID } from 'node:crypto'

import type { Trap, TrapBatch } from '#core/contract/traps.js'
import type { Outlet } from '#core/service/listener.js'
import type { Log } from '#core/service/log.js'
import { gauge } from '#core/service/metrics.js'

import type { Tally } from './tally.js'

const batchTraps = 200
const batchBytes = 512 * 1024
/** Traps wait at most so long for others, informs not at all. */
const flushMs = 200
/** Repeats and counts go with the next batch, or alone after so long. */
const reportMs = 1000
/** When the process stops, what waits gets so long to be sent. */
const graceMs = 2000

export interface BufferOptions {
  outlet: Outlet<TrapBatch>
  tally: Tally
  log: Log
  /** Bounds of what waits for the outlet. */
  trapsMax: number
  bytesMax: number
}

interface Waiting {
  bytes: number
  acknowledgements: (() => void)[]
}

/** Traps on their way out: in batches, one at a time, in order, and never more of them than fits. */
export class TrapBuffer implements AsyncDisposable {
  readonly #waiting = new Map<Trap, Waiting>()
  #bytes = 0
  #reportAt = Date.now()
  #timer: NodeJS.Timeout | undefined
  #dueAt = Number.POSITIVE_INFINITY
  #sending: Promise<void> | undefined
  #stopped = false

  constructor(private readonly options: BufferOptions) {}

  /**
   * Takes a trap, or says that there is no room. `acknowledge` is called once it is where nothing can lose it; a trap
   * with one is sent at once. One that waits already is taken as it is when it is sent.
   */
  add(trap: Trap, acknowledge?: () => void): boolean {
    const waiting = this.#waiting.get(trap) ?? this.#enter(trap)
    if (!waiting) return false
    if (acknowledge) waiting.acknowledgements.push(acknowledge)
    this.#schedule(acknowledge || this.#waiting.size >= batchTraps ? 0 : flushMs)
    return true
  }

  /** A trap that was taken before has been repeated: it is sent again, but not at once, and only if there is room. */
  repeated(trap: Trap): void {
    if (this.#waiting.has(trap) || this.#enter(trap)) this.#schedule(reportMs)
  }

  /** There is something to report. */
  counted(): void {
    this.#schedule(reportMs)
  }

  #enter(trap: Trap): Waiting | undefined {
    const { trapsMax, bytesMax } = this.options
    const bytes = sizeOf(trap)
    if (this.#waiting.size >= trapsMax || this.#bytes + bytes > bytesMax) return undefined
    const waiting: Waiting = { bytes, acknowledgements: [] }
    this.#waiting.set(trap, waiting)
    this.#bytes += bytes
    return waiting
  }

  #schedule(afterMs: number): void {
    const dueAt = Date.now() + afterMs
    if (this.#sending || this.#stopped || dueAt >= this.#dueAt) return
    clearTimeout(this.#timer)
    this.#dueAt = dueAt
    this.#timer = setTimeout(() => {
      this.#dueAt = Number.POSITIVE_INFINITY
      this.#sending = this.#sendAll().finally(() => {
        this.#sending = undefined
        if (!this.options.tally.isEmpty) this.#schedule(reportMs)
      })
    }, afterMs)
  }

  /** Until nothing waits: whatever comes while a batch is on its way goes with the next. */
  async #sendAll(): Promise<void> {
    do {
      const { traps, acknowledgements } = this.#take()
      const isReport = traps.length > 0 || Date.now() - this.#reportAt >= reportMs
      const counts = isReport ? this.options.tally.take() : []
      if (isReport) this.#reportAt = Date.now()
      if (traps.length + counts.length === 0) return
      if (await this.#emit(traps, counts, acknowledgements.length > 0))
        for (const acknowledge of acknowledgements) acknowledge()
      gauge('sotp_trap_waiting', this.#waiting.size)
    } while (this.#waiting.size > 0)
  }

  async #emit(traps: Trap[], counts: TrapBatch['counts'], safe: boolean): Promise<boolean> {
    const { outlet, tally, log } = this.options
    const id = randomUUID()
    try {
      const about = { jobId: `trap:${id}`, weight: traps.length, safe }
      await outlet.emit({ v: 1, kind: 'trap.batch', id, at: Date.now(), traps, counts }, about)
      return true
    } catch (error) {
      // A fault of ours, or no disk to keep it on: while Redis is away the batch waits.
      log.error({ err: error, traps: traps.length }, 'a batch of traps could not be queued')
      if (traps.length > 0) tally.add('FAILED', '', traps.length)
      return false
    }
  }

  #take(): { traps: Trap[]; acknowledgements: (() => void)[] } {
    const traps: Trap[] = []
    const acknowledgements: (() => void)[] = []
    let size = 0
    for (const [trap, waiting] of this.#waiting) {
      if (traps.length >= batchTraps || (traps.length > 0 && size + waiting.bytes > batchBytes)) break
      // As it is now: it may be repeated while it is sent.
      traps.push({ ...trap })
      acknowledgements.push(...waiting.acknowledgements)
      size += waiting.bytes
      this.#waiting.delete(trap)
    }
    this.#bytes -= size
    return { traps, acknowledgements }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    this.#stopped = true
    const late = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref())
    const rest = async () => {
      await this.#sending
      this.#reportAt = 0
      await this.#sendAll()
    }
    await Promise.race([rest(), late])
  }
}

/** About what a trap takes in memory and on the wire. */
const sizeOf = ({ raw, varbinds }: Trap): number =>
  600 + raw.length + varbinds.reduce((sum, { oid, value }) => sum + 60 + oid.length + value.length, 0)
