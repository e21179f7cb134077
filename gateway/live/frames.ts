import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

const opcodeText = 0x81
/** This much of one turn is not kept to its end, so that what the network takes at once does not count as waiting. */
const turnBytesMax = 64 * 1024

/** Many small pieces are cheaper to copy into one than to write one by one. */
const piecesMax = 8

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

  /** One text frame of `head`, which is this client's, and `body`, which is everybody's and is not copied. */
  write(head: Buffer, body: Buffer): void {
    const first = framed(head, body.length)
    this.#pieces.push(first, body)
    this.#bytes += first.length + body.length
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
    if (pieces.length > piecesMax && bytes <= turnBytesMax) {
      this.wire.write(Buffer.concat(pieces, bytes))
      return
    }
    this.wire.cork()
    for (const piece of pieces) this.wire.write(piece)
    this.wire.uncork()
  }
}

/** The frame's header and the first part of its payload. */
function framed(head: Buffer, rest: number): Buffer {
  const length = head.length + rest
  const at = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const piece = Buffer.allocUnsafe(at + head.length)
  piece[0] = opcodeText
  if (at === 2) piece[1] = length
  else if (at === 4) {
    piece[1] = 126
    piece[2] = length >> 8
    piece[3] = length & 255
  } else {
    piece[1] = 127
    piece.writeUInt32BE(0, 2)
    piece.writeUInt32BE(length, 6)
  }
  piece.set(head, at)
  return piece
}
