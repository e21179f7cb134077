import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

const opcodeText = 0x81
const headerBytesMax = 10
/** This much of one turn is not kept to its end, so that what the network takes at once does not count as waiting. */
const turnBytesMax = 64 * 1024
const scratchBytes = 2 * turnBytesMax

const waiting = new Set<FrameWriter>()
let scheduled = false
/** Where frames are put together: whatever the network takes at once needs no memory of its own. */
let scratch = Buffer.allocUnsafeSlow(scratchBytes)

/** Everything that came within one turn of the event loop leaves in one write to each socket. */
function flushAll(): void {
  scheduled = false
  const writers = [...waiting]
  waiting.clear()
  for (const writer of writers) writer.flush()
}

/**
 * Writes text frames (RFC 6455 §5.2) straight to the socket beneath a WebSocket, past the `ws` package: what everybody
 * gets is in memory once, and each socket costs one write a turn. Sound because no extension is negotiated and every
 * frame is whole. Whatever else is sent on the socket must call `flush` first, to keep the order.
 */
export class FrameWriter {
  /** Head and body of each frame in turn. */
  #pieces: Buffer[] = []
  #bytes = 0

  constructor(
    private readonly socket: WebSocket,
    private readonly wire: Socket,
  ) {}

  /** Bytes that the network has not taken yet. */
  get backlog(): number {
    return this.#bytes + this.wire.writableLength
  }

  /** One text frame of `head`, which is this client's, and `body`, which is everybody's. */
  write(head: Buffer, body: Buffer): void {
    this.#pieces.push(head, body)
    this.#bytes += headerBytesMax + head.length + body.length
    if (this.#bytes > turnBytesMax) this.flush()
    if (this.#pieces.length !== 2) return
    waiting.add(this)
    if (scheduled) return
    scheduled = true
    setImmediate(flushAll)
  }

  flush(): void {
    if (this.#pieces.length === 0) return
    const pieces = this.#pieces
    const bytes = this.#bytes
    this.#pieces = []
    this.#bytes = 0
    // After a close frame nothing may follow.
    if (this.socket.readyState !== this.socket.OPEN || this.wire.destroyed) return
    if (bytes <= scratchBytes && this.wire.writableLength === 0) this.#writeAtOnce(pieces)
    else this.#writeShared(pieces)
  }

  /** In one piece: while nothing waits the system nearly always takes it within the call. */
  #writeAtOnce(pieces: readonly Buffer[]): void {
    let at = 0
    for (let n = 0; n < pieces.length; n += 2) {
      const head = pieces[n] as Buffer
      const body = pieces[n + 1] as Buffer
      at = putHeader(scratch, at, head.length + body.length)
      scratch.set(head, at)
      scratch.set(body, at + head.length)
      at += head.length + body.length
    }
    this.wire.write(scratch.subarray(0, at))
    // It did not: these bytes belong to the socket until it does.
    if (this.wire.writableLength > 0) scratch = Buffer.allocUnsafeSlow(scratchBytes)
  }

  /** Piece by piece, so that what waits for many slow clients is in memory once. */
  #writeShared(pieces: readonly Buffer[]): void {
    this.wire.cork()
    for (let n = 0; n < pieces.length; n += 2) {
      const head = pieces[n] as Buffer
      const body = pieces[n + 1] as Buffer
      const first = Buffer.allocUnsafe(headerBytesMax + head.length)
      const at = putHeader(first, 0, head.length + body.length)
      first.set(head, at)
      this.wire.write(first.subarray(0, at + head.length))
      this.wire.write(body)
    }
    this.wire.uncork()
  }
}

/** Writes the header of a whole, unmasked text frame. @returns where its payload begins */
function putHeader(into: Buffer, at: number, length: number): number {
  into[at] = opcodeText
  if (length < 126) {
    into[at + 1] = length
    return at + 2
  }
  if (length < 65_536) {
    into[at + 1] = 126
    into.writeUInt16BE(length, at + 2)
    return at + 4
  }
  into[at + 1] = 127
  into.writeUInt32BE(0, at + 2)
  into.writeUInt32BE(length, at + 6)
  return at + 10
}
