import { randomFillSync } from 'node:crypto'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv6, SocketAddress } from 'node:net'

import { count } from '#core/service/metrics.js'

import { asLate, asMalformed, faultOf, SnmpFault } from './faults.js'
import { type MessageId, messageIdIn } from './message-id.js'

/** Where an agent is reached. `ip` is spelled as the system spells it in what arrives. */
export interface Peer {
  ip: string
  family: 4 | 6
  port: number
  /** Its answers may come from another of its addresses. */
  anyAddress: boolean
}

/** `ip` may be spelled in any way. */
export function peerOf(ip: string, port: number): Peer {
  const family = isIPv6(ip) ? 6 : 4
  const spelled = family === 6 ? new SocketAddress({ address: ip, family: 'ipv6' }).address : ip
  return { ip: spelled, family, port, anyAddress: false }
}

/** One message without its answer yet. */
interface Waiting<T = unknown> {
  /** As in MessageId. */
  version: number
  peer: Peer
  owner: Owner
  /** On the monotonic clock, ms. */
  deadline: number
  /** Undefined: it is no answer to this message. Throws what ends the waiting. */
  read(datagram: Buffer): T | undefined
  resolve(value: T): void
  reject(error: SnmpFault): void
  /** Datagrams of the peer that were no message, or none for us; and whole ones that answer another request. */
  malformed: number
  strays: number
}

interface Outgoing {
  id: number
  version: number
  message: Buffer
  peer: Peer
  owner: Owner
}

/** Whoever asks; see `abandon`. */
export interface Owner {
  /** Its last message got no answer. */
  silent: boolean
}

/** Time-outs are looked for this often, so they are late by up to as much. */
const sweepMs = 20
/** What many agents may answer at once; the system gives as much of it as `net.core.rmem_max` allows. */
const receiveBytes = 4 * 1024 * 1024

/**
 * A UDP socket on which many agents are asked at the same time: an answer finds its question by request-id (v3:
 * msgID), and must come from where the question went. One try a message; what comes too late or twice is counted.
 */
export class Channel implements Disposable {
  readonly #waiting = new Map<number, Waiting>()
  readonly #socket: Socket
  /** Set where the socket is connected: the system then tells of ICMP port unreachable. */
  readonly #connected: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  closed = false

  constructor(family: Peer['family'], connectTo?: Peer) {
    this.#socket = createSocket({
      type: family === 4 ? 'udp4' : 'udp6',
      recvBufferSize: connectTo ? undefined : receiveBytes,
      // Peers are addresses, not names: nothing is to be looked up.
      lookup: (ip, _, found) => found(null, ip, family),
    })
    this.#socket.on('message', (datagram, from) => this.#receive(datagram, from))
    this.#socket.on('error', (error) => this.#fail(faultOf(error)))
    if (connectTo) this.#connected = connect(this.#socket, connectTo)
    // While somebody waits, the timer of the sweep keeps the process.
    this.#socket.unref()
  }

  /**
   * Sends a message and waits for its answer. @throws SnmpFault of kind `timeout` when none comes, else what `read`
   * throws, or what the network says.
   */
  exchange<T>(
    { id, version, message, peer, owner }: Outgoing,
    timeoutMs: number,
    read: (datagram: Buffer) => T | undefined,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const deadline = performance.now() + timeoutMs
      const waiting = { version, peer, owner, deadline, read, resolve, reject, malformed: 0, strays: 0 }
      this.#waiting.set(id, waiting as Waiting)
      this.#timer ??= setTimeout(() => this.#sweep(), Math.min(sweepMs, timeoutMs))
      this.#send(message, peer, (error) => {
        if (error && this.#waiting.delete(id)) reject(faultOf(error))
      })
    })
  }

  /** An id that nobody waits for, which takes four octets, and which strangers cannot guess (RFC 3412 §6.2). */
  newId(): number {
    for (;;) {
      const id = randomId()
      if (!this.#waiting.has(id)) return id
    }
  }

  /** Ends what one owner waits for. */
  abandon(owner: Owner): void {
    for (const [id, waiting] of this.#waiting) {
      if (waiting.owner !== owner) continue
      this.#waiting.delete(id)
      waiting.reject(new SnmpFault('final', 'INTERNAL', 'the session was closed'))
    }
  }

  #send(message: Buffer, { ip, port }: Peer, sent: (error: Error | null) => void): void {
    if (!this.#connected) this.#socket.send(message, port, ip, sent)
    else this.#connected.then(() => !this.closed && this.#socket.send(message, sent)).catch(sent)
  }

  #receive(datagram: Buffer, from: RemoteInfo): void {
    const message = messageIdIn(datagram)
    const waiting = message && this.#waiting.get(message.id)
    if (!waiting) this.#stray(from, message)
    else if (!waiting.peer.anyAddress && !isFrom(waiting.peer, from)) dropped('foreign_address')
    else this.#settle({ id: message.id, waiting, datagram, from })
  }

  #settle(got: { id: number; waiting: Waiting; datagram: Buffer; from: RemoteInfo }): void {
    const { id, waiting, datagram, from } = got
    try {
      const value = waiting.read(datagram)
      if (value === undefined) {
        this.#stray(from)
        return
      }
      this.#waiting.delete(id)
      waiting.owner.silent = false
      waiting.resolve(value)
    } catch (error) {
      this.#waiting.delete(id)
      waiting.reject(faultOf(error as Error))
    }
  }

  /** What is no answer is noted with those who wait for one from there: it may be why none comes. */
  #stray(from: RemoteInfo, message?: MessageId): void {
    dropped(message === undefined ? 'not_a_message' : 'unknown_request')
    for (const waiting of this.#waiting.values()) {
      if (!isFrom(waiting.peer, from)) continue
      if (message?.version !== waiting.version) waiting.malformed++
      else waiting.strays++
    }
  }

  #sweep(): void {
    this.#timer = undefined
    const now = performance.now()
    for (const [id, waiting] of this.#waiting) {
      if (waiting.deadline > now) continue
      this.#waiting.delete(id)
      waiting.owner.silent = true
      const fault = new SnmpFault('timeout', 'NO_REPLY', 'no answer in time')
      waiting.reject(waiting.malformed > 0 ? asMalformed(fault) : waiting.strays > 0 ? asLate(fault) : fault)
    }
    if (this.#waiting.size > 0) this.#timer = setTimeout(() => this.#sweep(), sweepMs)
  }

  #fail(fault: SnmpFault): void {
    for (const waiting of this.#waiting.values()) waiting.reject(fault)
    this.#waiting.clear()
  }

  [Symbol.dispose](): void {
    if (this.closed) return
    this.closed = true
    clearTimeout(this.#timer)
    this.#fail(new SnmpFault('final', 'INTERNAL', 'the socket was closed'))
    this.#socket.close()
  }
}

const isFrom = ({ ip, port }: Peer, from: RemoteInfo): boolean => from.port === port && from.address === ip

const dropped = (reason: string): void =>
  count('sotp_collector_datagrams_dropped_total', { collector: 'snmp', reason })

function connect(socket: Socket, { ip, port }: Peer): Promise<void> {
  const done = new Promise<void>((resolve, reject) => {
    socket.connect(port, ip, ((error?: Error) => (error ? reject(error) : resolve())) as () => void)
  })
  // Whoever sends awaits it; a session that is closed before does not.
  done.catch(() => {})
  return done
}

const randoms = new Uint32Array(1024)
let used = randoms.length

function randomId(): number {
  if (used === randoms.length) {
    randomFillSync(randoms)
    used = 0
  }
  return 0x0100_0000 + ((randoms[used++] ?? 0) % 0x7e00_0000)
}

/** The sockets that all agents share, one for each family of addresses. */
export class Channels implements Disposable {
  readonly #shared = new Map<Peer['family'], Channel>()

  /** The shared one for this peer. */
  shared({ family }: Peer): Channel {
    const open = this.#shared.get(family)
    if (open && !open.closed) return open
    const channel = new Channel(family)
    this.#shared.set(family, channel)
    return channel
  }

  [Symbol.dispose](): void {
    for (const channel of this.#shared.values()) channel[Symbol.dispose]()
    this.#shared.clear()
  }
}

/** A socket for one peer alone, which learns at once that nobody listens there. */
export const ownChannel = (peer: Peer): Channel => new Channel(peer.family, peer)
