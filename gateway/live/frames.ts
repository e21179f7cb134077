import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

/** Small frames are copied into one piece: one write of 20 KB costs less than three of pieces. */
const copiedBytesMax = 16 * 1024
const opcodeText = 0x81

const waiting = new Set<FrameWriter>()
let scheduled = false

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

  /** One text frame of `head`, `body` and `tail`. */
  write(head: Buffer, body: Buffer, tail: Buffer): void {
    const length = head.length + body.length + tail.length
    const headerLength = length < 126 ? 2 : length < 65_536 ? 4 : 10
    const copied = length <= copiedBytesMax
    const piece = Buffer.allocUnsafe(headerLength + head.length + (copied ? body.length + tail.length : 0))
    piece[0] = opcodeText
    if (headerLength === 2) piece[1] = length
    else if (headerLength === 4) {
      piece[1] = 126
      piece.writeUInt16BE(length, 2)
    } else {
      piece[1] = 127
      piece.writeUInt32BE(0, 2)
      piece.writeUInt32BE(length, 6)
    }
    head.copy(piece, headerLength)
    if (copied) {
      body.copy(piece, headerLength + head.length)
      tail.copy(piece, headerLength + head.length + body.length)
      this.#pieces.push(piece)
    } else this.#pieces.push(piece, body, tail)
    this.#bytes += headerLength + length
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
    const [first] = pieces
    if (pieces.length === 1 && first) this.wire.write(first)
    else if (bytes <= copiedBytesMax * 4) this.wire.write(Buffer.concat(pieces, bytes))
    else {
      this.wire.cork()
      for (const piece of pieces) this.wire.write(piece)
      this.wire.uncork()
    }
  }
}
