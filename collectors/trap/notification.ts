import type { TrapKind } from '#core/contract/traps.js'

import { BerError, tags } from '#core/service/snmp/ber.js'
import { BerReader, type Place } from '#core/service/snmp/ber-reader.js'

import { oidOf, type ReadVarbind, readBindings, unsigned32Of } from './varbinds.js'

/** A trap or inform of any version, in the terms of SNMPv2 (RFC 3416 §4.2.6). */
export interface Notification {
  kind: TrapKind
  /** To be repeated in the Response; null with v1. */
  requestId: number | null
  /** snmpTrapOID.0 */
  oid: string
  /** sysUpTime.0; null when the sender left it out. */
  upTimeTicks: number | null
  /** Without sysUpTime.0 and snmpTrapOID.0. */
  varbinds: ReadVarbind[]
  /** agent-addr of v1, or snmpTrapAddress.0 as a proxy adds it (RFC 3584 §3.1); null where it says nothing. */
  agentAddress: string | null
  /** The whole variable-bindings list as it came, to be repeated in the Response. */
  bindings: Buffer
  /** Where in the datagram a community lies. */
  secrets: Place[]
}

/** The PDU is whole, but nothing that is sent to a receiver of notifications. */
export class UnsupportedPdu extends Error {
  override readonly name = 'UnsupportedPdu'
}

const sysUpTime = '1.3.6.1.2.1.1.3.0'
const snmpTrapOid = '1.3.6.1.6.3.1.1.4.1.0'
const snmpTrapEnterprise = '1.3.6.1.6.3.1.1.4.3.0'
const snmpTrapAddress = '1.3.6.1.6.3.18.1.3.0'
/** snmpTraps: coldStart is its first. */
const standardTraps = '1.3.6.1.6.3.1.1.5'
const enterpriseSpecific = 6

/** Reads a PDU that goes to a receiver. @throws BerError, UnsupportedPdu */
export function readNotification(reader: BerReader): Notification {
  const { tag } = reader
  if (tag === tags.trapV1) return readV1(reader.enter(tag))
  if (tag === tags.trapV2) return readV2(reader.enter(tag), 'TRAP')
  if (tag === tags.inform) return readV2(reader.enter(tag), 'INFORM')
  reader.element()
  throw new UnsupportedPdu(`PDU type 0x${tag.toString(16)} is neither a trap nor an inform`)
}

function readV2(body: BerReader, kind: TrapKind): Notification {
  const requestId = body.integer()
  body.integer()
  body.integer()
  const { bindings, varbinds: all, secrets } = readList(body)
  const oid = all.find((one) => one.oid === snmpTrapOid && one.type === 'OBJECT_IDENTIFIER')?.value
  if (oid === undefined) throw new BerError('there is no snmpTrapOID.0 among the variable bindings')
  const upTime = all.find((one) => one.oid === sysUpTime && one.type === 'TIME_TICKS')?.value
  const address = all.find((one) => one.oid === snmpTrapAddress && one.type === 'IP_ADDRESS')?.value
  return {
    kind,
    requestId,
    oid,
    upTimeTicks: upTime === undefined ? null : Number(upTime),
    varbinds: all.filter((one) => one.oid !== snmpTrapOid && one.oid !== sysUpTime),
    agentAddress: address === undefined || address === '0.0.0.0' ? null : address,
    bindings,
    secrets,
  }
}

/** RFC 1157 §4.1.6, mapped by RFC 3584 §3.1. */
function readV1(body: BerReader): Notification {
  const enterprise = oidOf(body.bytes, body.element(tags.oid))
  const address = body.element(tags.ipAddress)
  if (address.to - address.from !== 4) throw new BerError('agent-addr has not four octets')
  const generic = body.integer()
  const specific = body.integer()
  const upTime = unsigned32Of(body.bytes, body.element(tags.timeTicks))
  const { bindings, varbinds, secrets } = readList(body)
  if (generic < 0 || generic > enterpriseSpecific)
    throw new BerError(`generic-trap is ${generic}, which there is not`)
  const agent = body.bytes.subarray(address.from, address.to).join('.')
  const has = (oid: string) => varbinds.some((one) => one.oid === oid)
  return {
    kind: 'TRAP',
    requestId: null,
    oid:
      generic === enterpriseSpecific
        ? `${enterprise}.0.${specific >>> 0}`
        : `${standardTraps}.${generic + 1}`,
    upTimeTicks: upTime,
    varbinds: [
      ...varbinds,
      ...(has(snmpTrapAddress) ? [] : [{ oid: snmpTrapAddress, type: 'IP_ADDRESS', value: agent } as const]),
      ...(has(snmpTrapEnterprise)
        ? []
        : [{ oid: snmpTrapEnterprise, type: 'OBJECT_IDENTIFIER', value: enterprise } as const]),
    ],
    agentAddress: agent === '0.0.0.0' ? null : agent,
    bindings,
    secrets,
  }
}

function readList(body: BerReader) {
  const { bytes } = body
  const { from, to } = body.element(tags.sequence)
  if (!body.done) throw new BerError('the PDU goes on behind its variable bindings')
  return { bindings: bytes.subarray(from, to), ...readBindings(new BerReader(bytes, from, to)) }
}

/** The request-id of a PDU that may be anything, for a Report (RFC 3412 §7.1 step 3); 0 where it cannot be read. */
export function requestIdOf(reader: BerReader): number {
  try {
    return reader.enter(reader.tag).integer()
  } catch {
    return 0
  }
}
