import type { PollFailure } from '#core/contract/telemetry.js'
import { count } from '#core/service/metrics.js'
import { nameOf, textOf } from '#core/service/snmp/object-id.js'
import { ticksBetween } from './device-clock.js'
import { SnmpFault } from './faults.js'
import { type ColumnName, column, scalar, sysUpTimeObject } from './oids.js'
import type { Pacing } from './pacing.js'
import type { Bindings } from './pdu.js'
import type { SnmpSession } from './session.js'
import { asNumber, isMissing, type Varbind } from './values.js'
import { type Cursor, cursorOf, takeRows } from './walk.js'

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
  maxOidsPerRequest: number
  /** Go on where an agent's tables are out of order, instead of failing. */
  allowNonIncreasing: boolean
}

/** Most rows of one table. Beyond it no poll could end in time. */
const rowsMax = 20_000
/** Octets of the answers that one table may take: its cells keep them in memory as long as it is used. */
const tableOctetsMax = 32 * 1024 * 1024
/** sysUpTime may seem to go back by this much without a restart. */
const ticksJitter = 100

const sysUpTimeName = nameOf(sysUpTimeObject)

/** One poll's view of an agent: asks again, asks for less, walks tables, and remembers what was wrong. */
export class Agent {
  /** Something came back in this poll. */
  answered = false
  /** First answer that was of the wrong type, in words. */
  bad: string | undefined
  #lastTicks: number | undefined
  /** Octets of a varbind, the most in an answer about the table that is being walked. */
  #varbindOctets: number | undefined
  /** Octets of all answers about that table. */
  #tableOctets = 0

  constructor(
    readonly session: SnmpSession,
    readonly settings: AgentSettings,
  ) {}

  /** Reads scalars and cells; what the agent does not have is absent. */
  async get(oids: readonly string[]): Promise<Map<string, Varbind>> {
    const found = new Map<string, Varbind>()
    const { maxOidsPerRequest } = this.settings
    for (let from = 0; from < oids.length; from += maxOidsPerRequest) {
      await this.#getSome(oids.slice(from, from + maxOidsPerRequest), found)
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
    const columnsMax = Math.max(1, this.settings.maxOidsPerRequest - 1)
    let open = Object.entries(columns).map(([name, oid]) => cursorOf(name, oid))
    this.#varbindOctets = undefined
    this.#tableOctets = 0
    while (open.length > 0 && !enough(table)) {
      for (const cursor of open) cursor.moved = false
      for (let from = 0; from < open.length; from += columnsMax) {
        await this.#step(table, open.slice(from, from + columnsMax))
      }
      const { allowNonIncreasing } = this.settings
      const stuck = open.every(({ moved, ended }) => !moved && !ended)
      if (stuck && !(allowNonIncreasing && table.size > 0)) {
        throw new PollFault('INCOMPLETE', 'the agent answers without telling anything new')
      }
      // Out of order, what brings nothing new has been round once.
      open = open.filter(({ moved, ended }) => !ended && (moved || !allowNonIncreasing))
      if (table.size > rowsMax) {
        throw new PollFault('TABLE_TOO_LARGE', `a table has more than ${rowsMax} rows`)
      }
      if (this.#tableOctets > tableOctetsMax) {
        throw new PollFault('TABLE_TOO_LARGE', `a table takes more than ${tableOctetsMax} octets`)
      }
    }
    return table
  }

  /** One GETBULK (or GETNEXT) of sysUpTime and the followers of the cursors, smaller each time it fails. */
  async #step(table: NamedTable, cursors: readonly Cursor[]): Promise<void> {
    const { pacing, allowNonIncreasing } = this.settings
    let asked = pacing.repetitions(cursors.length, this.#varbindOctets)
    try {
      const names = [sysUpTimeName, ...cursors]
      const bindings = await this.#ask(
        () => this.session.next(names, asked),
        () => {
          asked = pacing.failed(asked)
        },
      )
      pacing.worked()
      this.#tableOctets += bindings.bytes.length
      const octets = bindings.bytes.length / Math.max(1, bindings.length)
      this.#varbindOctets = Math.max(this.#varbindOctets ?? octets, octets)
      const ticks = this.#watchFirst(bindings)
      takeRows(table, { cursors, bindings, skip: 1, ticks, allowNonIncreasing })
    } catch (error) {
      if (!(error instanceof SnmpFault)) throw error
      if (error.kind === 'no_such_name') return this.#stepWithout(table, cursors, error)
      if (error.kind !== 'too_big') throw this.#asPollFault(error)
      pacing.failed(asked)
      if (asked > 1) return this.#step(table, cursors)
      if (cursors.length === 1) throw this.#asPollFault(error)
      const half = cursors.length >> 1
      await this.#step(table, cursors.slice(0, half))
      await this.#step(table, cursors.slice(half))
    }
  }

  /** v1 at the end of its MIB: one column has no follower, the others go on. */
  async #stepWithout(table: NamedTable, cursors: readonly Cursor[], { oid }: SnmpFault): Promise<void> {
    const missing = cursors.find((cursor) => textOf(cursor) === oid) ?? cursors[0]
    if (missing) missing.ended = true
    const rest = cursors.filter((cursor) => cursor !== missing)
    if (rest.length > 0) await this.#step(table, rest)
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

  /** The first binding of a walk's answer should be the time. */
  #watchFirst(bindings: Bindings): number | null {
    if (bindings.length === 0 || !bindings.isOf(0, nameOf(scalar.sysUpTime))) return null
    return this.#watch({ oid: scalar.sysUpTime, type: bindings.type(0), value: bindings.value(0) })
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
