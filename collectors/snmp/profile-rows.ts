import { setImmediate } from 'node:timers/promises'

import type { Agent, NamedTable } from './agent.js'
import { type Columns, type Condition, type Conditions, isIndexWord } from './profile-words.js'
import { asMeasure, asOid, asText, isMissing, type Varbind } from './values.js'

/** One row of the columns that a profile names. */
export interface ProfileRow {
  /** Empty for scalars. */
  index: string
  cells: Readonly<Record<string, Varbind | undefined>>
  /** Where each cell was read, to be read there again. */
  oids: Readonly<Record<string, string>>
}

/** Most rows of a table that are looked at for sensors. */
const rowsMax = 4000

/**
 * Reads columns and scalars. Rows are those of the plain columns, walked side by side; a scalar is the same in all, and
 * a column with `at` gives each row the cell that it names. Scalars alone are one row. @throws PollFault
 */
export async function readRows(agent: Agent, columns: Columns): Promise<ProfileRow[]> {
  const plain: Record<string, string> = {}
  const fixed: Record<string, string> = {}
  const joined: [name: string, oid: string, at: string][] = []
  for (const [name, column] of Object.entries(columns)) {
    if (typeof column !== 'string') joined.push([name, column.oid, column.at])
    else (column.endsWith('.0') ? fixed : plain)[name] = column
  }
  const scalars = await agent.get(Object.values(fixed))
  const isTable = Object.keys(plain).length > 0
  const table: NamedTable = isTable
    ? await agent.walk(plain, ({ size }) => size >= rowsMax)
    : new Map([['', {}]])
  const rows: Writable[] = []
  for (const [index, found] of table) {
    const row: Writable = { index, cells: {}, oids: {} }
    for (const [name, oid] of Object.entries(fixed)) put(row, { name, oid, varbind: scalars.get(oid) })
    for (const [name, oid] of Object.entries(plain))
      put(row, { name, oid: `${oid}.${index}`, varbind: found[name]?.varbind })
    rows.push(row)
    if (rows.length % 200 === 0) await setImmediate()
  }
  for (const [name, oid, at] of joined) await join(agent, rows, { name, oid, at })
  return rows
}

interface Writable extends ProfileRow {
  cells: Record<string, Varbind | undefined>
  oids: Record<string, string>
}

function put(
  row: Writable,
  { name, oid, varbind }: { name: string; oid: string; varbind: Varbind | undefined },
) {
  row.oids[name] = oid
  row.cells[name] = varbind && !isMissing(varbind) ? varbind : undefined
}

/** Gives each row the one cell of another table that belongs to it: the table itself may be far larger. */
async function join(
  agent: Agent,
  rows: readonly Writable[],
  { name, oid, at }: { name: string; oid: string; at: string },
): Promise<void> {
  const wanted = rows.flatMap((row) => {
    const index = fill(row, at)
    return index === undefined ? [] : [{ row, oid: `${oid}.${index}` }]
  })
  const found = await agent.get([...new Set(wanted.map((one) => one.oid))])
  for (const { row, oid } of wanted) put(row, { name, oid, varbind: found.get(oid) })
}

/** What a cell says as text: its string, OID or number; undefined when it is not there or empty. */
export function textIn({ cells }: ProfileRow, name: string): string | undefined {
  const varbind = cells[name]
  if (!varbind) return undefined
  const text = asText(varbind) ?? asOid(varbind)
  if (text !== undefined) return text || undefined
  const number = asMeasure(varbind)
  return number === undefined ? undefined : String(number)
}

/** Fills words in braces from a row, and from `more`. Undefined when one of them is not there. */
export function fill(
  row: ProfileRow,
  template: string,
  more: Readonly<Record<string, string | undefined>> = {},
): string | undefined {
  let whole = true
  const text = template.replaceAll(/\{([^{}]*)\}/g, (_, word: string) => {
    const found = isIndexWord(word) ? arcOf(row.index, word) : (more[word] ?? textIn(row, word))
    if (found === undefined) whole = false
    return found ?? ''
  })
  return whole ? text.trim() : undefined
}

const arcOf = (index: string, word: string): string | undefined =>
  word === 'index' ? index : index.split('.')[Number(word.slice(6)) - 1]

/** Whether a row is what the conditions want. */
export const fits = (row: ProfileRow, conditions: Conditions): boolean =>
  Object.entries(conditions).every(([name, condition]) => holds(row, name, condition))

function holds(row: ProfileRow, name: string, condition: Condition): boolean {
  const { is, not, matches, above, below } = condition
  const text = textIn(row, name)
  const varbind = row.cells[name]
  const number = varbind && asMeasure(varbind)
  const among = (values: readonly (number | string)[]) =>
    values.some((value) => (typeof value === 'number' ? value === number : value === text))
  if (not && among(not)) return false
  if (is && !among(is)) return false
  if (matches && !matches.test(text ?? '')) return false
  if (above !== undefined && !(number !== undefined && number > above)) return false
  return below === undefined || (number !== undefined && number < below)
}
