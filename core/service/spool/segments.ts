import { type FileHandle, open, readdir, readFile, truncate, unlink } from 'node:fs/promises'
import path from 'node:path'

import { type Frame, frameAt, scan } from './frame.js'

/** One file of records, in their order. */
export interface Segment {
  file: string
  bytes: number
  /** Number of its newest record. */
  newest: number
}

/** Where a record lies. */
export interface Place extends Omit<Frame, 'payload'> {
  segment: Segment
}

const nameOf = (first: number) => `${String(first).padStart(16, '0')}.segment`

export interface Recovered {
  segments: Segment[]
  places: Place[]
  corrupt: number
}

/** Reads every segment of a folder. A tail that was cut off is cut away, so that what is appended can be read. */
export async function recover(folder: string): Promise<Recovered> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.segment')).sort()
  const found: Recovered = { segments: [], places: [], corrupt: 0 }
  for (const name of files) {
    const file = path.join(folder, name)
    const { frames, corrupt, end, torn } = scan(await readFile(file))
    found.corrupt += corrupt
    if (torn) await truncate(file, end)
    if (frames.length === 0) {
      await unlink(file)
      continue
    }
    const segment = { file, bytes: end, newest: frames.at(-1)?.number ?? 0 }
    found.segments.push(segment)
    for (const { payload: _, ...place } of frames) found.places.push({ ...place, segment })
  }
  return found
}

/** Reads one record again. Undefined: it is damaged or gone. */
export async function readPlace({ segment, offset, length, number }: Place): Promise<Buffer | undefined> {
  try {
    await using handle = await open(segment.file, 'r')
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset)
    const frame = bytesRead === length ? frameAt(buffer, 0) : undefined
    return frame?.number === number ? frame.payload : undefined
  } catch {
    return undefined
  }
}

/** The segment that is written now. */
export interface Writer extends AsyncDisposable {
  readonly segment: Segment
  /** Appends bytes; resolves when the operating system has them. */
  write(bytes: Buffer, newest: number): Promise<void>
  /** Resolves when the disk has everything written so far. */
  sync(): Promise<void>
}

/** Begins a new segment whose first record has this number. */
export async function beginSegment(folder: string, first: number): Promise<Writer> {
  const segment: Segment = { file: path.join(folder, nameOf(first)), bytes: 0, newest: first - 1 }
  const handle: FileHandle = await open(segment.file, 'a')
  let dirty = false
  let synced = Promise.resolve()
  return {
    segment,
    async write(bytes, newest) {
      await handle.appendFile(bytes)
      // Not before: what the disk is told to keep meanwhile is without these.
      dirty = true
      segment.bytes += bytes.length
      segment.newest = newest
    },
    sync() {
      // Whoever comes while the disk is at it waits for that, too.
      if (dirty) synced = handle.datasync()
      dirty = false
      return synced
    },
    [Symbol.asyncDispose]: () => handle.close(),
  }
}
