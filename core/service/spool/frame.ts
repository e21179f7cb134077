import { crc32 } from 'node:zlib'

/**
 * One record on disk: magic, length of the payload, weight, CRC-32 of all that follows it, number, payload. Integers are
 * big-endian; the magic is there so that reading finds its way again after bytes that are damaged.
 */
const magic = 0x53504c31
/** 4 magic, 4 length, 4 weight, 4 CRC-32, 8 number. */
export const headerBytes = 24
/** No record is longer; a length beyond it is damage. */
export const payloadMax = 32 * 1024 * 1024

export interface Frame {
  /** Counts up by one with each record of a spool. */
  number: number
  /** How many samples it holds, or whatever its owner counts. */
  weight: number
  /** Where it begins in its segment, and how long it is with its header. */
  offset: number
  length: number
  payload: Buffer
}

export function encodeFrame({
  number,
  weight,
  payload,
}: Pick<Frame, 'number' | 'weight' | 'payload'>): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + payload.length)
  frame.writeUInt32BE(magic, 0)
  frame.writeUInt32BE(payload.length, 4)
  frame.writeUInt32BE(weight, 8)
  frame.writeBigUInt64BE(BigInt(number), 16)
  payload.copy(frame, headerBytes)
  frame.writeUInt32BE(checksum(frame), 12)
  return frame
}

/** Over everything but the magic and itself. */
const checksum = (frame: Buffer): number => crc32(frame.subarray(16), crc32(frame.subarray(4, 12)))

/** The record at `offset`; undefined where none is whole. */
export function frameAt(bytes: Buffer, offset: number): Frame | undefined {
  if (offset + headerBytes > bytes.length || bytes.readUInt32BE(offset) !== magic) return undefined
  const size = bytes.readUInt32BE(offset + 4)
  const length = headerBytes + size
  if (size > payloadMax || offset + length > bytes.length) return undefined
  const frame = bytes.subarray(offset, offset + length)
  if (frame.readUInt32BE(12) !== checksum(frame)) return undefined
  const number = Number(frame.readBigUInt64BE(16))
  return { number, weight: frame.readUInt32BE(8), offset, length, payload: frame.subarray(headerBytes) }
}

export interface Scan {
  frames: Frame[]
  /** Damaged stretches between whole records. */
  corrupt: number
  /** Where the last whole record ends. */
  end: number
  /** Whether anything follows it: a write that was cut off. */
  torn: boolean
}

const magicBytes = Buffer.from('SPL1')

/** Every whole record of a segment. What is damaged is stepped over to the next whole one. */
export function scan(bytes: Buffer): Scan {
  const frames: Frame[] = []
  let [corrupt, end, at, lost] = [0, 0, 0, false]
  while (at < bytes.length) {
    const frame = frameAt(bytes, at)
    if (frame) {
      if (lost) corrupt++
      lost = false
      frames.push(frame)
      at = end = at + frame.length
    } else {
      lost = true
      const next = bytes.indexOf(magicBytes, at + 1)
      at = next < 0 ? bytes.length : next
    }
  }
  return { frames, corrupt, end, torn: lost }
}
