import { compareOids, encodeArcs, encodeOid, type Oid } from './ber.js'
import type { Value } from './writer.js'

/** One row of a table: its index as arcs, the same ready to be sent, and what its columns read from. */
export interface Row {
  index: Oid
  encoded: Buffer
  item: unknown
}

/** Reads one variable at a time `at` (Unix, ms). Undefined: this row has no such instance. */
type Read<Item> = (item: Item, at: number) => Value | undefined

/** `[number within the entry, tag, how to read it]` */
export type ColumnSpec<Item> = readonly [number: number, tag: number, read: Read<Item>]

export interface Column {
  oid: Oid
  encoded: Buffer
  tag: number
  table: number
  read: Read<unknown>
}

/** A table of one kind of thing, `Subject`, whose agents it serves. */
export interface Table<Subject> {
  entry: Oid
  rows: (subject: Subject) => Row[]
  columns: readonly ColumnSpec<unknown>[]
}

/** Defines a conceptual table: the OID of its entry, how to list its rows, and its columns. */
export function defineTable<Subject, Item>(table: {
  entry: Oid
  rows: (subject: Subject) => readonly { index: Oid; item: Item }[]
  columns: readonly ColumnSpec<Item>[]
}): Table<Subject> {
  return {
    entry: table.entry,
    rows: (subject) =>
      table
        .rows(subject)
        .map(({ index, item }) => ({ index, item, encoded: encodeArcs(index) }))
        .sort((a, b) => compareOids(a.index, b.index)),
    // Rows of this table are only ever handed to columns of this table.
    columns: table.columns as readonly ColumnSpec<unknown>[],
  }
}

/** Defines scalars: a table of the one row `.0`. */
export const defineScalars = <Subject>(group: Oid, columns: readonly ColumnSpec<Subject>[]): Table<Subject> =>
  defineTable({ entry: group, rows: (item: Subject) => [{ index: [0], item }], columns })

/** Rows of one agent's tables, built when they are first asked for and kept until something changes them. */
export class RowCache<Subject> {
  #rows: (Row[] | undefined)[] = []

  constructor(
    readonly mib: Mib<Subject>,
    readonly subject: Subject,
  ) {}

  rows(table: number): Row[] {
    const known = this.#rows[table]
    if (known) return known
    const built = this.mib.tables[table]?.rows(this.subject) ?? []
    this.#rows[table] = built
    return built
  }

  clear(): void {
    this.#rows = []
  }
}

/** One agent's variables at one time (Unix, ms); columns of tag `without` are passed over. */
export interface View<Subject> {
  cache: RowCache<Subject>
  at: number
  without?: number | undefined
}

/** A place in the tree: the variable found last, and whether the tree has ended behind it. */
export interface Cursor {
  ended: boolean
  column: Column | undefined
  columnNumber: number
  row: Row | undefined
  rowNumber: number
  value: Value
}

export const startCursor = (): Cursor => ({
  ended: false,
  column: undefined,
  columnNumber: -1,
  row: undefined,
  rowNumber: -1,
  value: 0,
})

/**
 * The variables of an agent as sorted columns over sorted rows. Columns are shared by all agents and rows hold only an
 * index, so a thousand agents cost little memory, and a look-up is two binary searches.
 */
export class Mib<Subject> {
  readonly columns: readonly Column[]

  /** @throws Error when one column lies below another */
  constructor(readonly tables: readonly Table<Subject>[]) {
    this.columns = tables
      .flatMap(({ entry, columns }, table) =>
        columns.map(([number, tag, read]): Column => {
          const oid = [...entry, number]
          return { oid, encoded: encodeOid(oid), tag, table, read }
        }),
      )
      .sort((a, b) => compareOids(a.oid, b.oid))
    this.columns.forEach((column, n) => {
      const next = this.columns[n + 1]
      if (next && isBelow(next.oid, column.oid)) throw new Error(`${next.oid} is below ${column.oid}`)
    })
  }

  /** Number of the last column at or before `oid`, -1 when all lie behind it. */
  #lastAtOrBefore(oid: Oid): number {
    let low = 0
    let high = this.columns.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (compareOids(this.columns[middle]?.oid ?? [], oid) <= 0) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  /** Finds exactly `oid`. @returns whether it is there; if not, `cursor.column` tells whether its column is */
  find({ cache, at }: View<Subject>, oid: Oid, cursor: Cursor): boolean {
    const columnNumber = this.#lastAtOrBefore(oid)
    const column = this.columns[columnNumber]
    cursor.column = undefined
    if (!column || !isBelow(oid, column.oid)) return false
    const rows = cache.rows(column.table)
    if (rows.length === 0) return false
    cursor.column = column
    const rowNumber = firstRow(rows, oid, column.oid.length, 0)
    const row = rows[rowNumber]
    if (!row || compareOids(oid, row.index, column.oid.length) !== 0) return false
    const value = column.read(row.item, at)
    if (value === undefined) return false
    cursor.columnNumber = columnNumber
    cursor.row = row
    cursor.rowNumber = rowNumber
    cursor.value = value
    return true
  }

  /** Moves to the first variable behind `oid`. @returns false at the end of the tree */
  seek({ cache, at, without }: View<Subject>, oid: Oid, cursor: Cursor): boolean {
    const number = this.#lastAtOrBefore(oid)
    const column = this.columns[number]
    cursor.ended = false
    cursor.column = undefined
    cursor.row = undefined
    cursor.columnNumber = number
    cursor.rowNumber =
      column && isBelow(oid, column.oid)
        ? firstRow(cache.rows(column.table), oid, column.oid.length, 1) - 1
        : Number.MAX_SAFE_INTEGER
    if (number < 0) {
      cursor.columnNumber = 0
      cursor.rowNumber = -1
    }
    return this.advance({ cache, at, without }, cursor)
  }

  /** Moves to the next variable. @returns false at the end of the tree */
  advance({ cache, at, without }: View<Subject>, cursor: Cursor): boolean {
    let rowNumber = cursor.rowNumber + 1
    for (let number = cursor.columnNumber; number < this.columns.length; number++, rowNumber = 0) {
      const column = this.columns[number]
      if (!column || column.tag === without) continue
      const rows = cache.rows(column.table)
      for (; rowNumber < rows.length; rowNumber++) {
        const row = rows[rowNumber]
        const value = row && column.read(row.item, at)
        if (value === undefined) continue
        cursor.column = column
        cursor.columnNumber = number
        cursor.row = row
        cursor.rowNumber = rowNumber
        cursor.value = value
        return true
      }
    }
    cursor.ended = true
    cursor.columnNumber = this.columns.length
    return false
  }
}

/** Whether `oid` begins with `prefix`. */
function isBelow(oid: Oid, prefix: Oid): boolean {
  if (oid.length < prefix.length) return false
  for (let n = prefix.length - 1; n >= 0; n--) if (oid[n] !== prefix[n]) return false
  return true
}

/** Number of the first row whose index is >= (with `strict` 1: >) the arcs of `oid` from `skip` on. */
function firstRow(rows: readonly Row[], oid: Oid, skip: number, strict: 0 | 1): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    const order = compareOids(oid, rows[middle]?.index ?? [], skip)
    if (order > 0 || (strict === 1 && order === 0)) low = middle + 1
    else high = middle
  }
  return low
}
