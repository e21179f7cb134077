import type { Device } from '../device.js'
import { encodeOid, parseOid, tags } from '../snmp/ber.js'
import { defineScalars, type Table } from '../snmp/mib.js'

const { integer, octets, oid, timeTicks, counter32 } = tags
const text = (value: string) => Buffer.from(value)

/** SNMPv2-MIB system and snmp groups (RFC 3418), SNMP-FRAMEWORK-MIB engine group (RFC 3411), USM statistics. */
export const systemTables: readonly Table<Device>[] = [
  defineScalars<Device>(parseOid('1.3.6.1.2.1.1'), [
    [1, octets, ({ plan }) => text(describe(plan))],
    [2, oid, ({ plan }) => encodeOid(parseOid(plan.product.sysObjectId))],
    [3, timeTicks, (device, at) => device.ticks(at)],
    [4, octets, () => text('noc@example.net')],
    [5, octets, ({ plan }) => text(plan.name)],
    [6, octets, ({ plan }) => text(plan.location)],
    [7, integer, ({ plan }) => plan.product.services],
  ]),
  defineScalars<Device>(parseOid('1.3.6.1.2.1.11'), [
    [1, counter32, ({ agent }) => agent.counts.received],
    [3, counter32, ({ agent }) => agent.counts.badVersions],
    [4, counter32, ({ agent }) => agent.counts.badCommunities],
    [6, counter32, ({ agent }) => agent.counts.parseErrors],
    [30, integer, () => 2],
  ]),
  defineScalars<Device>(parseOid('1.3.6.1.6.3.10.2.1'), [
    [1, octets, ({ agent }) => agent.options.engineId],
    [2, integer, ({ agent }) => agent.boots],
    [3, integer, ({ agent }, at) => agent.engineTime(at)],
    [4, integer, ({ agent }) => agent.options.messageBytesMax],
  ]),
  defineScalars<Device>(parseOid('1.3.6.1.6.3.15.1.1'), [
    [1, counter32, ({ agent }) => agent.counts.unsupportedLevels],
    [2, counter32, ({ agent }) => agent.counts.notInTimeWindows],
    [3, counter32, ({ agent }) => agent.counts.unknownUsers],
    [4, counter32, ({ agent }) => agent.counts.unknownEngines],
    [5, counter32, ({ agent }) => agent.counts.wrongDigests],
    [6, counter32, ({ agent }) => agent.counts.decryptionErrors],
  ]),
]

/** sysDescr of a device. */
export const describe = ({ product, version, name, serial }: Device['plan']): string =>
  product.sysDescr.replaceAll('{version}', version).replaceAll('{name}', name).replaceAll('{serial}', serial)
