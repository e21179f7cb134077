import { randomUUID } from 'node:crypto'
import { mkdir, unlink, utimes } from 'node:fs/promises'

import { SotpError } from '../errors.js'
import type { Log } from '../log.js'
import { count } from '../metrics.js'
import { type Coming, Entries, type Entry } from './entries.js'
import { encodeFrame, payloadMax } from './frame.js'
import { type Position, plus, readPosition, writePosition } from './position.js'
import { beginSegment, type Place, readPlace, recover, type Segment, type Writer } from './segments.js'

export interface SpoolOptions {
  folder: string
  /** Segments on disk together; beyond it the oldest goes. */
  maxBytes: number
  /** Whether the folder goes with the process, so that nothing in it is safe. */
  passing?: boolean
  /** What it is called in metrics. */
  name: string
  log: Log
}

/** The disk has everything after this time at most. */
const syncMs = 250
/** Records that are remembered so that they need not be read again; also all there is while the disk takes nothing. */
const memoryMax = 8 * 1024 * 1024

/**
 * A bounded log of records on disk that outlives its process: appended, handed over in order, and forgotten once they are
 * settled. Three numbers move through it: `newest` was taken in, `sent` was handed over, `done` is settled. What was sent
 * and is not settled can be sent again (`rewind`). When there is no room the oldest segment goes; what of it was not sent
 * is counted as dropped.
 */
export class Spool implements AsyncDisposable {
  readonly #entries = new Entries()
  readonly #segments: Segment[]
  #writer: Writer | undefined
  #waiting: Coming[] = []
  #writing: Promise<void> | undefined
  #keeping: Promise<void> | undefined
  #kept: string
  #faulty = false
  readonly #timer: NodeJS.Timeout
  /** Called with each record that was taken in. */
  heard: () => void = () => {}

  private constructor(
    private readonly options: SpoolOptions,
    readonly position: Position,
    found: { segments: Segment[]; places: Place[] },
  ) {
    this.#segments = found.segments
    for (const place of found.places) {
      if (place.number <= position.done) continue
      this.#entries.add({ ...place, place, payload: undefined })
    }
    this.#kept = JSON.stringify(position)
    this.#timer = setInterval(() => void this.keep(), syncMs)
    this.#timer.unref()
  }

  /** Opens a folder of the caller's own, with what a process before left in it. */
  static async open(options: SpoolOptions): Promise<Spool> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 })
    const position = await readPosition(options.folder, randomUUID())
    const found = await recover(options.folder)
    // What was written after the position was kept counts as well.
    for (const { number, weight } of found.places) {
      if (number > position.newest) position.accepted = plus(position.accepted, weight)
    }
    position.newest = Math.max(position.newest, position.sent, found.places.at(-1)?.number ?? 0)
    position.corrupt += found.corrupt
    if (found.corrupt > 0) {
      count('sotp_spool_corrupt_total', { spool: options.name }, found.corrupt)
      options.log.warn({ damaged: found.corrupt }, 'the spool has damaged records, they are left out')
    }
    return new Spool(options, position, found)
  }

  /** Bytes on disk and on their way there. */
  get bytes(): number {
    const coming = this.#waiting.reduce((sum, { frame }) => sum + frame.length, 0)
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, coming)
  }

  /** Records that were not sent yet. */
  get unsent(): number {
    return this.position.newest - this.position.sent
  }

  /**
   * Takes in a record; resolves when it would survive the process, or, while the disk takes nothing, when it is remembered.
   * `safe`: when the disk has it for good or, where there is no such disk, when it was handed over.
   * @throws SotpError BAD_USER_INPUT for a record that is too long; Error for one that was given up before it was safe.
   */
  append(payload: Buffer, weight: number, safe = false): Promise<void> {
    if (payload.length > payloadMax)
      return Promise.reject(
        new SotpError('BAD_USER_INPUT', { message: `a record of ${payload.length} bytes is too long` }),
      )
    const number = ++this.position.newest
    this.position.accepted = plus(this.position.accepted, weight)
    const entry: Entry = { number, weight, place: undefined, payload }
    this.#entries.add(entry)
    this.heard()
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => (error ? reject(error) : resolve())
      this.#waiting.push({ entry, frame: encodeFrame({ number, weight, payload }), safe, settle })
      this.#writing ??= this.#write()
    })
  }

  /** The first record after `number`; undefined: there is none yet. */
  after(number: number): { number: number; weight: number } | undefined {
    for (let next = number + 1; next <= this.position.newest; next++) {
      const entry = this.#entries.get(next)
      if (entry) return entry
    }
    return undefined
  }

  /** What a record holds; undefined when it is gone or damaged, which is counted. */
  async read(number: number): Promise<Buffer | undefined> {
    const entry = this.#entries.get(number)
    if (!entry || entry.payload) return entry?.payload
    const payload = entry.place && (await readPlace(entry.place))
    if (payload || !this.#entries.get(number)) return payload
    this.position.corrupt++
    count('sotp_spool_corrupt_total', { spool: this.options.name })
    return undefined
  }

  /** Everything up to `number` was handed over. */
  sent(number: number): void {
    for (let next = this.position.sent + 1; next <= number; next++) this.#entries.get(next)?.settle?.()
    this.position.sent = Math.max(this.position.sent, number)
  }

  /** Everything after `number` is to be handed over again, as far as it is still there. */
  rewind(number: number): void {
    this.position.sent = Math.min(this.position.sent, Math.max(number, this.position.done))
  }

  /** Everything up to `number` is settled and need not be kept. */
  done(number: number): void {
    const upTo = Math.min(number, this.position.sent)
    for (let next = this.position.done + 1; next <= upTo; next++) this.#entries.forget(next)
    this.position.done = Math.max(this.position.done, upTo)
  }

  /** Brings what was written and the position to the disk, and removes segments that nobody needs. */
  keep(): Promise<void> {
    this.#keeping ??= this.#keep().finally(() => {
      this.#keeping = undefined
    })
    return this.#keeping
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#writing
    // The one that may be running began before the last write.
    await this.#keeping
    await this.keep()
    await this.#writer?.[Symbol.asyncDispose]()
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      const isSafe = await this.#store(batch)
      for (const { entry, safe, settle } of batch) {
        if (isSafe || !safe || entry.number <= this.position.sent) settle()
        else entry.settle = settle
      }
      this.#bound()
    }
    // In one go with the look at what waits: nothing can come between and be forgotten.
    this.#writing = undefined
  }

  /** Resolves whether those that must be safe are. */
  async #store(batch: readonly Coming[]): Promise<boolean> {
    try {
      await this.#append(batch)
      const canBeSafe = !this.options.passing
      if (canBeSafe && batch.some(({ safe }) => safe)) await this.#writer?.sync()
      this.#faulty = false
      return canBeSafe
    } catch (error) {
      this.#fault(error)
      return false
    }
  }

  async #append(batch: readonly Coming[]): Promise<void> {
    const first = batch[0]?.entry.number ?? 1
    // Small enough that dropping one drops little.
    const most = Math.min(4 * 1024 * 1024, this.options.maxBytes / 8)
    if (this.#writer && this.#writer.segment.bytes >= most) await this.#close()
    if (!this.#writer) {
      this.#writer = await beginSegment(this.options.folder, first)
      this.#segments.push(this.#writer.segment)
    }
    const { segment } = this.#writer
    let offset = segment.bytes
    await this.#writer.write(
      Buffer.concat(batch.map(({ frame }) => frame)),
      batch.at(-1)?.entry.number ?? first,
    )
    for (const { entry, frame } of batch) {
      entry.place = { ...entry, offset, length: frame.length, segment }
      offset += frame.length
    }
  }

  async #close(): Promise<void> {
    const writer = this.#writer
    this.#writer = undefined
    await writer?.sync()
    await writer?.[Symbol.asyncDispose]()
  }

  /** A segment that could not be written to its end is left as it is; the next record begins another. */
  #fault(error: unknown): void {
    count('sotp_spool_faults_total', { spool: this.options.name })
    if (!this.#faulty)
      this.options.log.error({ err: error }, 'the spool cannot be written, results are in memory only')
    this.#faulty = true
    const writer = this.#writer
    this.#writer = undefined
    writer?.[Symbol.asyncDispose]().then(undefined, () => {})
  }

  /** Forgets payloads that lie on disk, and drops the oldest segments, while there is too much of them. */
  #bound(): void {
    if (this.#entries.remembered > memoryMax) {
      for (const entry of this.#entries.all()) {
        if (this.#entries.remembered <= memoryMax) break
        if (entry.place) this.#entries.unremember(entry)
        else this.#drop(entry)
      }
    }
    while (this.bytes > this.options.maxBytes && this.#segments.length > 1) {
      const [oldest] = this.#segments.splice(0, 1)
      if (!oldest) break
      for (const entry of this.#entries.all()) {
        if (entry.number > oldest.newest) break
        this.#drop(entry)
      }
      this.position.done = Math.max(this.position.done, oldest.newest)
      this.sent(oldest.newest)
      void unlink(oldest.file).catch(() => {})
    }
  }

  #drop({ number, weight, settle }: Entry): void {
    if (number > this.position.sent) {
      this.position.dropped = plus(this.position.dropped, weight)
      count('sotp_spool_dropped_total', { spool: this.options.name })
      count('sotp_spool_dropped_weight_total', { spool: this.options.name }, weight)
      settle?.(new Error('the spool has no room for it'))
    }
    this.#entries.forget(number)
  }

  async #keep(): Promise<void> {
    try {
      await this.#writer?.sync()
      const settled = this.#segments.filter(
        (segment) => segment !== this.#writer?.segment && segment.newest <= this.position.done,
      )
      for (const segment of settled) {
        this.#segments.splice(this.#segments.indexOf(segment), 1)
        await unlink(segment.file).catch(() => {})
      }
      // The time of the folder says to others that somebody works in it.
      const now = new Date()
      await utimes(this.options.folder, now, now)
      const text = JSON.stringify(this.position)
      if (text === this.#kept) return
      await writePosition(this.options.folder, this.position)
      this.#kept = text
    } catch (error) {
      this.#fault(error)
    }
  }

  /** Whether nothing in it waits or could be asked for again. */
  get empty(): boolean {
    return this.position.done >= this.position.newest
  }
}
