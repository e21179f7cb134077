import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'

import type { Row } from '../row.js'

/** What collectors took in and gave up, by their own persisted tally, and what waits in their spools. */
export interface Tally {
  accepted: number
  dropped: number
  unsent: number
}

/** @param folder of the spools of one kind, or a pattern of several */
export function tallyOf(folder: string): Tally {
  const sum: Tally = { accepted: 0, dropped: 0, unsent: 0 }
  for (const file of globSync(path.join(folder, '*/position.json'))) {
    const { accepted, dropped, newest, sent } = JSON.parse(readFileSync(file, 'utf8'))
    sum.accepted += accepted.weight
    sum.dropped += dropped.weight
    sum.unsent += newest - sent
  }
  return sum
}

/** Measured samples in the store; those that ingest makes itself are none. */
export const storedSamples = `
  SELECT count(*)::int AS n FROM telemetry.sample JOIN telemetry.series ON series.id = series_id
  WHERE metric <> 'device.up'`

/** Generated = stored + counted drops, and nothing twice. */
export function accountRows({ accepted, dropped }: Tally, stored: number): Row[] {
  const missing = accepted - dropped - stored
  const about = { unit: 'samples', reference: accepted, target: '0' }
  return [
    { ...about, name: 'accepted samples that are not stored', value: Math.max(0, missing) },
    { ...about, name: 'samples that are stored and were never accepted', value: Math.max(0, -missing) },
    { ...about, name: 'samples counted as dropped', value: dropped },
  ].map((row) => ({ ...row, ratio: row.value / accepted, ok: row.value === 0 }))
}
