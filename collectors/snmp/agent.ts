import { setImmediate } from 'node:timers/promises'

import type { PollFailure } from '#core/contract/telemetry.js'
import { count } from '#core/service/metrics.js'
import { ticksBetween } from './device-clock.js'
import { SnmpFault } from './faults.js'
import { type ColumnName, column, scalar, sysUpTimeObject } from './oids.js'
import { Pacing } from './pacing.js'
import type { SnmpSession } from './snmp.js'
import { asNumber, isMissing, type Varbind } from './values.js'

/** A poll of one device ended with a failure. The message is for operators. */
export class PollFault extends Error {
  override readonly name = 'PollFault'
  constructor(
    readonly reason: PollFailure,
    message: string,
  ) {
    super(message)
  }
}

/** The device restarted while it was read: what was read belongs to two lives. */
export class RestartedMidway extends Error {
  override readonly name = 'RestartedMidway'
}

/** A cell and the sysUpTime of the message it came in; null when the agent has no sysUpTime. */
export interface Cell {
  varbind: Varbind
  ticks: number | null
}
export type Row = Partial<Record<ColumnName, Cell>>
/** Rows by index, as `17` or `192.0.2.1`. */
export type Table = Map<string, Row>
/** Rows of columns that a profile names. */
export type NamedTable = Map<string, Partial<Record<string, Cell>>>

export interface AgentSettings {
  retries: number
  /** Unix time, ms: after this no request is begun. */
  deadline: number
  signal: AbortSignal
  pacing: Pacing
}

/** Most rows of one table. Beyond it no poll could end in time. */
const rowsMax = 20_000
/** sysUpTime may seem to go back by this much without a restart. */
const ticksJitter = 100
/** OIDs of one GET. */
const getMax = 40

/** One poll's view of an agent: asks again, asks for less, walks tables, and remembers what was wrong. */
export class Agent {
  /** Something came back in this poll. */
  answered = false
  /** First answer that was of the wrong type, in words. */
  bad: string | undefined
  #lastTicks: number | undefined

  constructor(
    readonly session: SnmpSession,
    readonly settings: AgentSettings,
  ) {}

  /** Reads scalars and cells; what the agent does not have is absent. */
  async get(oids: readonly string[]): Promise<Map<string, Varbind>> {
    const found = new Map<string, Varbind>()
    for (let from = 0; from < oids.length; from += getMax) {
      await this.#getSome(oids.slice(from, from + getMax), found)
    }
    return found
  }

  async #getSome(oids: readonly string[], found: Map<string, Varbind>): Promise<void> {
    let rest = oids
    while (rest.length > 0) {
      try {
        const asked = rest
        const varbinds = await this.#ask(() => this.session.get(asked))
        for (const varbind of varbinds) if (!isMissing(varbind)) found.set(varbind.oid, varbind)
        this.#watch(found.get(scalar.sysUpTime))
        return
      } catch (error) {
        if (!(error instanceof SnmpFault)) throw error
        if (error.kind === 'too_big' && rest.length > 1) {
          const half = rest.length >> 1
          await this.#getSome(rest.slice(0, half), found)
          rest = rest.slice(half)
        } else if (error.kind === 'no_such_name') {
          // v1 refuses the whole request for one object that it does not have.
          rest = error.oid ? rest.filter((oid) => oid !== error.oid) : rest.slice(1)
        } else throw this.#asPollFault(error)
      }
    }
  }

  /**
   * Walks columns side by side, so that a row's cells come in one message together with the sysUpTime they were read
   * at. @throws PollFault INCOMPLETE, TABLE_TOO_LARGE or MALFORMED_RESPONSE (an agent that runs in circles).
   */
  table(names: readonly ColumnName[], enough?: (table: Table) => boolean): Promise<Table> {
    return this.walk(Object.fromEntries(names.map((name) => [name, column[name]])), enough)
  }

  /** The same for columns that are given by name and OID. */
  async walk(
    columns: Readonly<Record<string, string>>,
    enough: (table: NamedTable) => boolean = () => false,
  ): Promise<NamedTable> {
    const table: NamedTable = new Map()
    const cursors = Object.entries(columns).map(([name, base]) => ({ name, base, at: base }))
    let open = cursors
    let steps = 0
    while (open.length > 0 && !enough(table)) {
      const { ticks, columns } = await this.#step(open.map(({ at }) => at))
      const before = open.map(({ at }) => at)
      const ended = new Set(
        open.filter((cursor, n) => !this.#take(table, { cursor, found: columns[n] ?? [], ticks })),
      )
      if (open.every((cursor, n) => !ended.has(cursor) && cursor.at === before[n])) {
        throw new PollFault('INCOMPLETE', 'the agent answers without telling anything new')
      }
      open = open.filter((cursor) => !ended.has(cursor))
      if (table.size > rowsMax) {
        throw new PollFault('TABLE_TOO_LARGE', `a table has more than ${rowsMax} rows`)
      }
      // A large table must not keep others from their turn.
      if (++steps % 20 === 0) await setImmediate()
    }
    return table
  }

  /** Puts what followed a cursor into the table. False: the column has ended. */
  #take(
    table: NamedTable,
    {
      cursor,
      found,
      ticks,
    }: { cursor: { name: string; base: string; at: string }; found: Varbind[]; ticks: number | null },
  ): boolean {
    for (const varbind of found) {
      if (isMissing(varbind) || !varbind.oid.startsWith(`${cursor.base}.`)) return false
      const index = varbind.oid.slice(cursor.base.length + 1)
      if (!isAfter(index, cursor.at.slice(cursor.base.length + 1))) {
        throw new PollFault('MALFORMED_RESPONSE', `the agent does not go forward after ${cursor.at}`)
      }
      cursor.at = varbind.oid
      const row = table.get(index) ?? {}
      row[cursor.name] = { varbind, ticks }
      table.set(index, row)
    }
    return true
  }

  /** One GETBULK (v1: GETNEXT) of sysUpTime and the followers of `oids`, smaller each time it fails. */
  async #step(oids: readonly string[]): Promise<{ ticks: number | null; columns: Varbind[][] }> {
    const { pacing } = this.settings
    let asked = pacing.repetitions(oids.length)
    try {
      const [time, ...columns] = await this.#ask(
        () => this.session.next([sysUpTimeObject, ...oids], asked),
        () => {
          asked = pacing.failed(asked)
        },
      )
      pacing.worked()
      return { ticks: this.#watch(time?.[0]), columns }
    } catch (error) {
      if (!(error instanceof SnmpFault)) throw error
      if (error.kind === 'no_such_name') return this.#stepWithout(oids, error)
      if (error.kind !== 'too_big') throw this.#asPollFault(error)
      pacing.failed(asked)
      if (asked > 1) return this.#step(oids)
      if (oids.length === 1) throw this.#asPollFault(error)
      const half = oids.length >> 1
      const [left, right] = [await this.#step(oids.slice(0, half)), await this.#step(oids.slice(half))]
      return { ticks: right.ticks, columns: [...left.columns, ...right.columns] }
    }
  }

  /** v1 at the end of its MIB: one column has no follower, the others go on. */
  async #stepWithout(oids: readonly string[], { oid }: SnmpFault) {
    const missing = oid !== undefined && oids.includes(oid) ? oids.indexOf(oid) : 0
    const rest = oids.filter((_, n) => n !== missing)
    const { ticks, columns } = rest.length > 0 ? await this.#step(rest) : { ticks: null, columns: [] }
    return { ticks, columns: columns.toSpliced(missing, 0, [endOf(oids[missing] ?? '')]) }
  }

  /** One request with its tries. `smaller` is called before each further try. */
  async #ask<T>(send: () => Promise<T>, smaller?: () => void): Promise<T> {
    const { retries, deadline, signal } = this.settings
    for (let tried = 0; ; tried++) {
      signal.throwIfAborted()
      if (Date.now() > deadline) throw new PollFault('INCOMPLETE', 'the poll did not end within its interval')
      try {
        const answer = await send()
        this.answered = true
        return answer
      } catch (error) {
        if (!(error instanceof SnmpFault)) throw error
        if (error.kind === 'too_big' || error.kind === 'no_such_name') this.answered = true
        // A large answer that is lost may be too large for the path: those get a few tries more.
        const tries = smaller && this.answered ? retries + 2 : retries
        if (error.kind !== 'timeout' || tried >= tries) throw error
        smaller?.()
      }
    }
  }

  #asPollFault({ reason, message }: SnmpFault): PollFault {
    return reason === 'NO_REPLY' && this.answered
      ? new PollFault('INCOMPLETE', 'the agent stopped answering midway')
      : new PollFault(reason, message)
  }

  /** Follows sysUpTime through the poll. @throws RestartedMidway when it goes back. */
  #watch(varbind: Varbind | undefined): number | null {
    if (!varbind || varbind.oid !== scalar.sysUpTime) return null
    const ticks = asNumber(varbind)
    if (ticks === undefined) {
      this.wrongType(varbind)
      return null
    }
    // Some agents fill sysUpTime from several processes, a few ticks apart.
    const back = this.#lastTicks === undefined ? 0 : this.#lastTicks - ticks
    if (back > ticksJitter && ticksBetween(ticks + back, ticks) > 2 ** 31) throw new RestartedMidway()
    this.#lastTicks = ticks
    return ticks
  }

  /** After a restart the device's time begins anew. */
  forgetTime(): void {
    this.#lastTicks = undefined
  }

  /** Notes an answer of a type its object cannot have. */
  wrongType({ oid, type }: Varbind): void {
    count('sotp_collector_bad_answers_total', { collector: 'snmp', reason: 'wrong_type' })
    this.bad ??= `${oid} has a value of the wrong type (tag ${type})`
  }
}

const endOf = (oid: string): Varbind => ({ oid, type: 130, value: null })

/** Whether index `index` follows `other` in the order of the MIB; any follows the empty one. */
function isAfter(index: string, other: string): boolean {
  if (other === '') return true
  const [a, b] = [index.split('.'), other.split('.')]
  for (let n = 0; n < a.length; n++) {
    if (n >= b.length) return true
    const difference = Number(a[n]) - Number(b[n])
    if (difference !== 0) return difference > 0
  }
  return false
}
