import { BerError, tags } from '#core/service/snmp/ber.js'
import { BerWriter } from '#core/service/snmp/ber-writer.js'
import { type Name, nameOf } from '#core/service/snmp/object-id.js'

import { SnmpFault, statusFault } from './faults.js'
import type { Bindings, Pdu, Request } from './pdu.js'
import type { Route, SessionSettings, SnmpSession } from './session.js'
import { type Channel, type Channels, type Owner, ownChannel, type Peer, peerOf } from './udp.js'
import type { Varbind } from './values.js'

/** All messages are written here, one after the other. */
export const writer = new BerWriter()

/** Sends one message with this id and reads its answer; what a version of the protocol puts around PDUs is its own. */
export interface Talk {
  ask(line: Line, request: Request): Promise<Pdu>
}

/**
 * The way to one agent. It leads over the socket of all, and for one try over a socket of its own where the last try
 * got no answer: only a connected socket is told that nobody listens there.
 */
export class Line implements Owner {
  readonly #peer: Peer
  #own: Channel | undefined
  #route: Route
  silent = false
  #closed = false

  readonly #timeoutMs: number
  /** As in MessageId. */
  readonly #version: number

  constructor(
    readonly channels: Channels,
    { ip, port, route, timeoutMs, version }: SessionSettings,
  ) {
    this.#peer = peerOf(ip, port)
    this.#route = route
    this.#peer.anyAddress = route === 'any_address'
    this.#timeoutMs = timeoutMs
    this.#version = version === 'V3' ? 3 : 1
  }

  /** One message and its answer. @throws SnmpFault */
  exchange<T>(
    make: (id: number) => Buffer,
    read: (datagram: Buffer, id: number) => T | undefined,
  ): Promise<T> {
    if (this.#closed) throw new SnmpFault('final', 'INTERNAL', 'the session was closed')
    const channel = this.#channel()
    const id = channel.newId()
    const message = { id, version: this.#version, message: make(id), peer: this.#peer, owner: this }
    return channel.exchange(message, this.#timeoutMs, (datagram) => read(datagram, id))
  }

  #channel(): Channel {
    if (this.#route === 'own' || (this.#route === 'shared' && this.silent)) {
      if (this.#own?.closed !== false) this.#own = ownChannel(this.#peer)
      return this.#own
    }
    this.#hangUpOwn()
    return this.channels.shared(this.#peer)
  }

  #hangUpOwn(): void {
    this.#own?.[Symbol.dispose]()
    this.#own = undefined
  }

  route(route: Route): void {
    this.#route = route
    this.#peer.anyAddress = route === 'any_address'
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#hangUpOwn()
    this.channels.shared(this.#peer).abandon(this)
  }
}

/** A session with our own codec, over a socket that many agents share. */
export class FastSession implements SnmpSession {
  constructor(
    readonly line: Line,
    readonly talk: Talk,
    readonly bulk: boolean,
  ) {}

  async get(oids: readonly string[]): Promise<Varbind[]> {
    const names = oids.map(nameOf)
    const request = { type: tags.get, first: 0, second: 0, names }
    const { bindings } = checked(request, await this.talk.ask(this.line, request))
    if (bindings.length !== oids.length || names.some((name, n) => !bindings.isOf(n, name)))
      throw otherObjects()
    return oids.map((oid, n) => ({ oid, type: bindings.type(n), value: bindings.value(n) }))
  }

  async next(names: readonly Name[], repetitions: number): Promise<Bindings> {
    const request = this.bulk
      ? { type: tags.getBulk, first: 1, second: repetitions, names }
      : { type: tags.getNext, first: 0, second: 0, names }
    return checked(request, await this.talk.ask(this.line, request)).bindings
  }

  route(route: Route): void {
    this.line.route(route)
  }

  close(): void {
    this.line.close()
  }
}

/** @throws SnmpFault for an error-status. */
function checked(request: Request, pdu: Pdu): Pdu {
  if (pdu.first !== 0) throw statusFault(pdu.first, nameAt(request, pdu.second))
  return pdu
}

const nameAt = ({ names }: Request, index: number): Name | undefined => names[index - 1]

const otherObjects = () =>
  new SnmpFault('final', 'MALFORMED_RESPONSE', 'the answer is about other objects than asked for')

/** Reads what an agent sent. @throws SnmpFault where it is no good BER. */
export function reading<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof BerError)) throw error
    throw new SnmpFault('final', 'MALFORMED_RESPONSE', `the answer cannot be read: ${error.message}`)
  }
}
