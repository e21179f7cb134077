import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { AddressInfo } from 'node:net'

/** One BER element: tag, length, content (X.690, definite form). */
export function ber(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const head =
    length < 128
      ? [tag, length]
      : length < 256
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), content])
}

/** Two's complement in as few bytes as possible. */
function integerBytes(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = value
  do {
    bytes.unshift(Number(rest & 0xffn))
    rest >>= 8n
  } while (!((rest === 0n && (bytes[0] ?? 0) < 128) || (rest === -1n && (bytes[0] ?? 0) >= 128)))
  return Buffer.from(bytes)
}

function oidBytes(oid: string): Buffer {
  const [a = 0, b = 0, ...arcs] = oid.split('.').map(Number)
  const bytes = [a * 40 + b]
  for (const arc of arcs) {
    const groups = [arc & 0x7f]
    for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
      groups.unshift((rest & 0x7f) | 0x80)
    bytes.push(...groups)
  }
  return Buffer.from(bytes)
}

/** Values as they go over the wire. */
export const int = (value: number): Buffer => ber(2, integerBytes(BigInt(value)))
export const text = (value: string | Uint8Array): Buffer => ber(4, Buffer.from(value as string))
export const objectId = (value: string): Buffer => ber(6, oidBytes(value))
export const counter32 = (value: number | bigint): Buffer =>
  ber(65, integerBytes(BigInt(value) & 0xffffffffn))
export const gauge32 = (value: number): Buffer => ber(66, integerBytes(BigInt(value)))
export const timeTicks = (value: number): Buffer => ber(67, integerBytes(BigInt(value) & 0xffffffffn))
export const counter64 = (value: bigint): Buffer => ber(70, integerBytes(value & 0xffffffffffffffffn))

/** Everything an agent has, by OID. */
export type Mib = Record<string, Buffer>

export interface SnmpRequest {
  /** 0 v1, 1 v2c. */
  version: number
  community: string
  /** 160 GET, 161 GETNEXT, 165 GETBULK. */
  type: number
  id: number
  nonRepeaters: number
  maxRepetitions: number
  oids: string[]
}

/** What a test may do to an answer: other bytes, another varbind list, an error status, or silence. */
export type Mischief = (
  request: SnmpRequest,
  answer: Buffer,
) => Buffer | { error: number; index?: number } | { varbinds: [string, Buffer][] } | undefined

interface Element {
  tag: number
  from: number
  to: number
}

function elementAt(buffer: Buffer, offset: number): Element {
  const first = buffer[offset + 1] ?? 0
  const more = first & 0x80 ? first & 0x7f : 0
  const length = more === 0 ? first : buffer.readUIntBE(offset + 2, more)
  return { tag: buffer[offset] ?? 0, from: offset + 2 + more, to: offset + 2 + more + length }
}

const numberIn = (buffer: Buffer, { from, to }: Element): number =>
  buffer.readIntBE(from, Math.min(6, to - from))

function oidIn(buffer: Buffer, { from, to }: Element): string {
  const first = buffer[from] ?? 0
  const arcs = [Math.floor(first / 40), first % 40]
  let arc = 0
  for (let at = from + 1; at < to; at++) {
    const byte = buffer[at] ?? 0
    arc = arc * 128 + (byte & 0x7f)
    if (byte < 128) {
      arcs.push(arc)
      arc = 0
    }
  }
  return arcs.join('.')
}

function parse(datagram: Buffer): SnmpRequest {
  const outer = elementAt(datagram, 0)
  const version = elementAt(datagram, outer.from)
  const community = elementAt(datagram, version.to)
  const pdu = elementAt(datagram, community.to)
  const id = elementAt(datagram, pdu.from)
  const first = elementAt(datagram, id.to)
  const second = elementAt(datagram, first.to)
  const list = elementAt(datagram, second.to)
  const oids: string[] = []
  for (let at = list.from; at < list.to; ) {
    const varbind = elementAt(datagram, at)
    oids.push(oidIn(datagram, elementAt(datagram, varbind.from)))
    at = varbind.to
  }
  return {
    version: numberIn(datagram, version),
    community: datagram.toString('utf8', community.from, community.to),
    type: pdu.tag,
    id: numberIn(datagram, id),
    nonRepeaters: numberIn(datagram, first),
    maxRepetitions: numberIn(datagram, second),
    oids,
  }
}

/** A whole GetResponse. */
export function encodeResponse(
  { version, community, id }: SnmpRequest,
  varbinds: readonly [string, Buffer][],
  status: { error: number; index?: number } = { error: 0 },
): Buffer {
  const list = ber(48, ...varbinds.map(([oid, value]) => ber(48, objectId(oid), value)))
  const pdu = ber(162, int(id), int(status.error), int(status.index ?? 0), list)
  return ber(48, int(version), text(community), pdu)
}

const arcsOf = (oid: string): number[] => oid.split('.').map(Number)

function compareArcs(x: readonly number[], y: readonly number[]): number {
  for (let n = 0; n < Math.min(x.length, y.length); n++) {
    const difference = (x[n] ?? 0) - (y[n] ?? 0)
    if (difference !== 0) return difference
  }
  return x.length - y.length
}

const noSuchObject = ber(128)
const endOfMibView = ber(130)

/**
 * An SNMP v1 and v2c agent on loopback that answers from a table and does what a test tells it to. It knows no
 * security; for SNMPv3 the tests use other agents.
 */
export class SnmpAgent implements AsyncDisposable {
  #mib: Mib = {}
  #order: string[] = []
  /** As #order, in arcs. */
  #arcs: number[][] = []
  mischief: Mischief | undefined
  readonly requests: SnmpRequest[] = []

  private constructor(
    readonly socket: Socket,
    readonly community: string,
  ) {
    socket.on('message', (datagram, from) => this.#answer(datagram, from))
  }

  static async listen(address = '127.0.0.1', { community = 'public', port = 0 } = {}): Promise<SnmpAgent> {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind(port, address, resolve)
    })
    return new SnmpAgent(socket, community)
  }

  get port(): number {
    return (this.socket.address() as AddressInfo).port
  }

  /** Replaces everything the agent has. */
  load(mib: Mib): this {
    const same = Object.keys(mib).length === this.#order.length && this.#order.every((oid) => mib[oid])
    this.#mib = mib
    if (same) return this
    const sorted = Object.keys(mib)
      .map((oid) => ({ oid, arcs: arcsOf(oid) }))
      .sort((a, b) => compareArcs(a.arcs, b.arcs))
    this.#order = sorted.map(({ oid }) => oid)
    this.#arcs = sorted.map(({ arcs }) => arcs)
    return this
  }

  /** Place of the first OID after this one. */
  #after(oid: string): number {
    let [low, high] = [0, this.#order.length]
    const arcs = arcsOf(oid)
    while (low < high) {
      const middle = (low + high) >> 1
      if (compareArcs(this.#arcs[middle] ?? [], arcs) <= 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #followers(oid: string, times: number): [string, Buffer][] {
    const from = this.#after(oid)
    const found = this.#order
      .slice(from, from + times)
      .map((next): [string, Buffer] => [next, this.#mib[next] ?? noSuchObject])
    return found.length < times ? [...found, [found.at(-1)?.[0] ?? oid, endOfMibView]] : found
  }

  #varbinds({ type, oids, nonRepeaters, maxRepetitions }: SnmpRequest): [string, Buffer][] {
    if (type === 160) return oids.map((oid) => [oid, this.#mib[oid] ?? noSuchObject])
    if (type === 161) return oids.map((oid) => this.#followers(oid, 1)[0] ?? [oid, endOfMibView])
    const single = oids.slice(0, nonRepeaters).flatMap((oid) => this.#followers(oid, 1))
    const columns = oids.slice(nonRepeaters).map((oid) => this.#followers(oid, maxRepetitions))
    const rows = Array.from({ length: maxRepetitions }, (_, n) =>
      columns.map((column): [string, Buffer] => column[n] ?? [column.at(-1)?.[0] ?? '1.3', endOfMibView]),
    )
    return [...single, ...rows.flat()]
  }

  #answer(datagram: Buffer, from: RemoteInfo): void {
    const request = parse(datagram)
    // As RFC 3584 wants it: who does not know the community hears nothing.
    if (request.community !== this.community || request.version > 1) return
    this.requests.push(request)
    const varbinds = this.#varbinds(request)
    const missing = varbinds.findIndex(([, value]) => value === noSuchObject || value === endOfMibView)
    let answer =
      request.version === 0 && missing >= 0
        ? encodeResponse(
            request,
            request.oids.map((oid) => [oid, ber(5)]),
            { error: 2, index: missing + 1 },
          )
        : encodeResponse(request, varbinds)
    if (this.mischief) {
      const other = this.mischief(request, answer)
      if (other === undefined) return
      if (Buffer.isBuffer(other)) answer = other
      else if ('error' in other)
        answer = encodeResponse(
          request,
          request.oids.map((oid) => [oid, ber(5)]),
          other,
        )
      else answer = encodeResponse(request, other.varbinds)
    }
    this.socket.send(answer, from.port, from.address)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.socket.close(() => resolve()))
  }
}
