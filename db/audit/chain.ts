import { createHash } from 'node:crypto'

/** A place in the chain: of the event that was sealed as the n-th one. */
export interface Link {
  seq: bigint
  /** 32 bytes. */
  hash: Buffer
}

/** What the first event is chained to. */
export const origin: Link = { seq: 0n, hash: Buffer.alloc(32) }

/** An event as it is stored. */
export interface StoredEvent extends Link {
  id: string
  content: string
  previousHash: Buffer
}

/** Columns of `audit.event` as `storedEvent` takes them. */
export const storedColumns = 'seq, id, content, previous_hash, hash'

export interface EventRow {
  seq: string
  id: string
  content: string
  previous_hash: Buffer
  hash: Buffer
}

export const storedEvent = ({
  seq,
  id,
  content,
  previous_hash: previousHash,
  hash,
}: EventRow): StoredEvent => ({
  seq: BigInt(seq),
  id,
  content,
  previousHash,
  hash,
})

/** SHA-256 over the hash before (32 bytes), the place (8 bytes, big-endian) and the content in UTF-8, as `audit.seal` has it. */
export const hashOf = (previousHash: Buffer, seq: bigint, content: string): Buffer =>
  createHash('sha256').update(previousHash).update(int64(seq)).update(content, 'utf8').digest()

/** 8 bytes, big-endian. */
export function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}
