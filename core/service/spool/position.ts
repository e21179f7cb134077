import { readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'

/** How many records, and the sum of their weights. */
const amount = z.object({ records: z.int().min(0), weight: z.int().min(0) })
export type Amount = z.infer<typeof amount>

/** What a spool remembers over restarts, beside its records. */
const position = z.object({
  /** Names the spool to whoever receives its records, also when another process goes on with it. */
  id: z.string(),
  /** Number of the newest record; everything up to `sent` was handed over, everything up to `done` is settled. */
  newest: z.int().min(0),
  sent: z.int().min(0),
  done: z.int().min(0),
  /** Taken in since the spool was made, and of these given up for want of room. */
  accepted: amount,
  dropped: amount,
  /** Damaged stretches that were stepped over. */
  corrupt: z.int().min(0),
})
export type Position = z.infer<typeof position>

const nothing: Amount = { records: 0, weight: 0 }
const fileOf = (folder: string) => path.join(folder, 'position.json')

/** The position kept in a folder; a new one where there is none or it cannot be read: then all its records go again. */
export async function readPosition(folder: string, newId: string): Promise<Position> {
  try {
    return position.parse(JSON.parse(await readFile(fileOf(folder), 'utf8')))
  } catch {
    return { id: newId, newest: 0, sent: 0, done: 0, accepted: nothing, dropped: nothing, corrupt: 0 }
  }
}

/** Whole or not at all. */
export async function writePosition(folder: string, value: Position): Promise<void> {
  const draft = `${fileOf(folder)}.new`
  await writeFile(draft, JSON.stringify(value))
  await rename(draft, fileOf(folder))
}

export const plus = (a: Amount, weight: number, records = 1): Amount => ({
  records: a.records + records,
  weight: a.weight + weight,
})

/** Adds to a position what another spool took in and gave up, which is to be removed. */
export function inherit(position: Position, { accepted, dropped, corrupt }: Position): void {
  position.accepted = plus(position.accepted, accepted.weight, accepted.records)
  position.dropped = plus(position.dropped, dropped.weight, dropped.records)
  position.corrupt += corrupt
}
