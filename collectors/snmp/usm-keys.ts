import { createHash } from 'node:crypto'

/** Length of the text a pass phrase is repeated to (RFC 3414 §A.2). */
const stretched = 1024 * 1024
const keepMax = 100

/**
 * Turns pass phrases into keys of an engine (RFC 3414 §2.6, §A.2). The expensive half, 1 MiB of hashing and about
 * 10 ms, depends on the pass phrase alone; it is done once for all devices that share a credential. With net-snmp's
 * own way 1,000 devices cost 20 s of a blocked event loop after each start.
 */
export class UsmKeys {
  readonly #digests = new Map<string, Buffer>()

  /** `algorithm` is OpenSSL's name: md5, sha1, sha224, sha256, sha384 or sha512. */
  localized(algorithm: string, passPhrase: string, engineId: Buffer): Buffer {
    const digest = this.#digest(algorithm, passPhrase)
    return createHash(algorithm).update(digest).update(engineId).update(digest).digest()
  }

  #digest(algorithm: string, passPhrase: string): Buffer {
    // By its hash: a map of pass phrases must not lie in memory.
    const key = createHash('sha256').update(`${algorithm}/${passPhrase}`).digest('base64')
    const found = this.#digests.get(key)
    if (found) return found
    const oldest = this.#digests.keys().next().value
    if (this.#digests.size >= keepMax && oldest !== undefined) this.#digests.delete(oldest)
    const digest = createHash(algorithm).update(Buffer.alloc(stretched, passPhrase)).digest()
    this.#digests.set(key, digest)
    return digest
  }
}

/** Value and end of the BER element at `offset`; undefined when the buffer ends before it. */
function element(buffer: Buffer, offset: number): { tag: number; from: number; to: number } | undefined {
  const [tag, first] = [buffer[offset], buffer[offset + 1]]
  if (tag === undefined || first === undefined) return undefined
  const more = first & 0x80 ? first & 0x7f : 0
  if (more > 4 || (first === 0x80 && more === 0) || offset + 2 + more > buffer.length) return undefined
  const length = more === 0 ? first : buffer.readUIntBE(offset + 2, more)
  const from = offset + 2 + more
  return from + length > buffer.length ? undefined : { tag, from, to: from + length }
}

/** Whether a datagram is one whole BER sequence. A truncated one would otherwise be read as a short answer. */
export const isWhole = (datagram: Buffer): boolean => {
  const outer = element(datagram, 0)
  return outer?.tag === 0x30 && outer.to === datagram.length
}

/** msgAuthoritativeEngineID of an SNMPv3 message (RFC 3412 §6, RFC 3414 §2.4); undefined when it is none. */
export function engineIdOf(datagram: Buffer): Buffer | undefined {
  const outer = element(datagram, 0)
  const version = outer && element(datagram, outer.from)
  const header = version && element(datagram, version.to)
  const security = header && element(datagram, header.to)
  const parameters = security?.tag === 0x04 ? element(datagram, security.from) : undefined
  const engineId = parameters?.tag === 0x30 ? element(datagram, parameters.from) : undefined
  return engineId?.tag === 0x04 && engineId.to > engineId.from
    ? datagram.subarray(engineId.from, engineId.to)
    : undefined
}
