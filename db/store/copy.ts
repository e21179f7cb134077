import { finished } from 'node:stream/promises'
import type { ClientBase } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'

/** Rows ready to be stored: row `n` is series `series[n]` at `at[n]` (Unix time, ms) with `value[n]`. */
export interface StoredColumns {
  series: Int32Array
  at: Float64Array
  value: Float64Array
}

// PGCOPY\n\377\r\n\0, no flags, no header extension (PostgreSQL manual, COPY, "Binary Format").
const header = Buffer.from([
  0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0, 0, 0, 0, 0, 0, 0, 0, 0,
])
const rowBytes = 2 + (4 + 4) + (4 + 8) + (4 + 8)
/** PostgreSQL counts µs from 2000-01-01. */
const epochMs = Date.UTC(2000, 0, 1)
const twoTo32 = 2 ** 32

/** Rows as COPY's binary format: 34 bytes each (int4, timestamptz, float8), written in place. */
export function encodeRows({ series, at, value }: StoredColumns): Buffer {
  const rows = series.length
  const buffer = Buffer.allocUnsafe(header.length + rows * rowBytes + 2)
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
  header.copy(buffer)
  let place = header.length
  for (let row = 0; row < rows; row++) {
    const micros = Math.round(((at[row] ?? 0) - epochMs) * 1000)
    const high = Math.floor(micros / twoTo32)
    view.setInt16(place, 3)
    view.setInt32(place + 2, 4)
    view.setInt32(place + 6, series[row] ?? 0)
    view.setInt32(place + 10, 8)
    view.setInt32(place + 14, high)
    view.setUint32(place + 18, micros - high * twoTo32)
    view.setInt32(place + 22, 8)
    view.setFloat64(place + 26, value[row] ?? 0)
    place += rowBytes
  }
  view.setInt16(place, -1)
  return buffer
}

/** Copies rows into `table` (series_id, at, value). @throws the server's error, with its SQLSTATE in `code`. */
export async function copyRows(client: ClientBase, table: string, rows: StoredColumns): Promise<void> {
  const stream = client.query(
    copyFrom(`COPY ${table} (series_id, at, value) FROM STDIN WITH (FORMAT binary)`),
  )
  stream.end(encodeRows(rows))
  await finished(stream)
}
