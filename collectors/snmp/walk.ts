import { tags } from '#core/service/snmp/ber.js'
import { type Name, nameOf, textOf } from '#core/service/snmp/object-id.js'
import type { Cell, NamedTable } from './agent.js'
import { SnmpFault } from './faults.js'
import { indexIn, isAfter, isBelow } from './names.js'
import type { Bindings } from './pdu.js'
import type { SnmpValue, Varbind } from './values.js'

/** A cell of a walked table, which is its own varbind; its name is made where somebody asks for it. */
class ColumnCell implements Cell, Varbind {
  readonly type: number
  readonly value: SnmpValue

  constructor(
    private readonly bindings: Bindings,
    private readonly n: number,
    readonly ticks: number | null,
  ) {
    this.type = bindings.type(n)
    this.value = bindings.value(n)
  }
  get varbind(): Varbind {
    return this
  }
  get oid(): string {
    return this.bindings.oid(this.n)
  }
}

/** How far a column has been walked. As a name it is the last that was seen. */
export interface Cursor extends Name {
  readonly column: string
  readonly base: Name
  /** The last answer brought something new. */
  moved: boolean
  ended: boolean
}

export function cursorOf(name: string, oid: string): Cursor {
  const base = nameOf(oid)
  return { column: name, base, ...base, moved: false, ended: false }
}

export interface Answer {
  cursors: readonly Cursor[]
  bindings: Bindings
  /** Bindings before the first row. */
  skip: number
  ticks: number | null
  /** Take what comes in the wrong order, as long as it is new. */
  allowNonIncreasing: boolean
}

/**
 * Puts rows that followed the cursors into the table, and moves them. @throws SnmpFault MALFORMED_RESPONSE where the
 * agent does not go forward.
 */
export function takeRows(
  table: NamedTable,
  { cursors, bindings, skip, ticks, allowNonIncreasing }: Answer,
): void {
  const { bytes, length } = bindings
  const name = { bytes, from: 0, to: 0 }
  let [index, row, indexFrom, indexTo]: [string, Partial<Record<string, Cell>> | undefined, number, number] =
    ['', undefined, 0, 0]
  for (let n = skip; n < length; n++) {
    const cursor = cursors[(n - skip) % cursors.length] as Cursor
    if (cursor.ended) continue
    const type = bindings.type(n)
    name.from = bindings.nameFrom(n)
    name.to = bindings.nameTo(n)
    if (isMissingType(type) || !isBelow(cursor.base, name)) {
      cursor.ended = true
      continue
    }
    const baseOctets = cursor.base.to - cursor.base.from
    if (!allowNonIncreasing && !isAfter(name, cursor, baseOctets)) throw backwards(cursor)
    const from = name.from + baseOctets
    if (!row || !isSame(bytes, { from, to: name.to }, { from: indexFrom, to: indexTo })) {
      index = indexIn(bytes, from, name.to)
      row = table.get(index)
      if (!row) {
        row = {}
        table.set(index, row)
      }
      indexFrom = from
      indexTo = name.to
    }
    if (row[cursor.column] === undefined) {
      row[cursor.column] = new ColumnCell(bindings, n, ticks)
      cursor.moved = true
    }
    cursor.bytes = bytes
    cursor.from = name.from
    cursor.to = name.to
  }
}

const isMissingType = (type: number): boolean => type >= tags.noSuchObject || type === tags.null

/** Cells of one row follow each other, with the same index. */
function isSame(
  bytes: Uint8Array,
  a: { from: number; to: number },
  b: { from: number; to: number },
): boolean {
  const length = a.to - a.from
  if (b.to - b.from !== length) return false
  for (let n = 0; n < length; n++) if (bytes[a.from + n] !== bytes[b.from + n]) return false
  return true
}

const backwards = ({ base, bytes, to, from }: Cursor): SnmpFault => {
  const index = indexIn(bytes, from + base.to - base.from, to)
  return new SnmpFault(
    'final',
    'MALFORMED_RESPONSE',
    `the agent does not go forward after ${textOf(base)}.${index}`,
  )
}
