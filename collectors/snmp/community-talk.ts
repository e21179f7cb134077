import { tags } from '#core/service/snmp/ber.js'
import { openMessage, sealCommunity, versions } from '#core/service/snmp/message.js'

import { type Line, reading, type Talk, writer } from './fast-session.js'
import { type Pdu, type Request, readPdu, writePdu } from './pdu.js'

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
    writePdu(writer, request, id)
    return sealCommunity(writer, versions.v2c, this.#community)
  }

  /** What has another version, another community or no response in it answers nothing of ours. */
  #read(datagram: Buffer, id: number): Pdu | undefined {
    return reading(() => {
      const reader = openMessage(datagram)
      if (reader.integer() !== versions.v2c) return undefined
      if (!reader.octets().equals(this.#community) || reader.tag !== tags.response) return undefined
      const pdu = readPdu(reader)
      reader.finish()
      return pdu.id === id ? pdu : undefined
    })
  }
}
