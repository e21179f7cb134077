import { BerReader, tags } from './ber.js'
import { type Line, reading, type Talk, writer } from './fast-session.js'
import { type Pdu, type Request, readPdu, writePdu } from './pdu.js'

const version2c = 1

/** SNMPv2c (RFC 3416, RFC 1901): a PDU behind a community. */
export class CommunityTalk implements Talk {
  readonly #community: Buffer

  constructor(community: string) {
    this.#community = Buffer.from(community)
  }

  ask(line: Line, request: Request): Promise<Pdu> {
    return line.exchange(
      (id) => this.#write(request, id),
      (datagram, id) => this.#read(datagram, id),
    )
  }

  #write(request: Request, id: number): Buffer {
    writer.clear()
    const end = writer.start
    writePdu(writer, request, id)
    writer.octets(this.#community)
    writer.integer(version2c)
    writer.wrap(tags.sequence, end)
    return writer.take()
  }

  /** What has another version, another community or no response in it answers nothing of ours. */
  #read(datagram: Buffer, id: number): Pdu | undefined {
    return reading(() => {
      const reader = new BerReader(datagram)
      reader.expect(tags.sequence)
      if (reader.integer() !== version2c) return undefined
      if (!reader.octets().equals(this.#community) || reader.tag !== tags.response) return undefined
      const pdu = readPdu(reader)
      reader.finish()
      return pdu.id === id ? pdu : undefined
    })
  }
}
