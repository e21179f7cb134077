import * as z from 'zod'

import { encodeOid, parseOid, tags } from './snmp/ber.js'
import type { Value } from './snmp/writer.js'

/** Names of the traps that devices of the lab can be asked for. */
export const notificationName = z.enum([
  'coldStart',
  'warmStart',
  'linkDown',
  'linkUp',
  'authenticationFailure',
  'lldpRemTablesChange',
  'bgpBackwardTransition',
  'ciscoConfigManEvent',
  'jnxFanFailure',
  'upsTrapOnBattery',
  'mystery',
])
export type NotificationName = z.infer<typeof notificationName>

/** One variable binding: its OID, tag and value. */
export interface Variable {
  oid: string
  tag: number
  value: Value
}

const integer = (oid: string, value: number): Variable => ({ oid, tag: tags.integer, value })
const text = (oid: string, value: string): Variable => ({ oid, tag: tags.octets, value: Buffer.from(value) })

/** snmpTrapOID of each, and the variables that its MIB asks for. `generic`: the number of an SNMPv1 trap. */
export const notifications: Record<
  NotificationName,
  { oid: string; generic?: number; variables?: Variable[] }
> = {
  coldStart: { oid: '1.3.6.1.6.3.1.1.5.1', generic: 0 },
  warmStart: { oid: '1.3.6.1.6.3.1.1.5.2', generic: 1 },
  linkDown: { oid: '1.3.6.1.6.3.1.1.5.3', generic: 2 },
  linkUp: { oid: '1.3.6.1.6.3.1.1.5.4', generic: 3 },
  authenticationFailure: { oid: '1.3.6.1.6.3.1.1.5.5', generic: 4 },
  lldpRemTablesChange: {
    oid: '1.0.8802.1.1.2.0.0.1',
    variables: [integer('1.0.8802.1.1.2.1.2.2.0', 4), integer('1.0.8802.1.1.2.1.2.3.0', 1)],
  },
  bgpBackwardTransition: {
    oid: '1.3.6.1.2.1.15.0.2',
    variables: [
      { oid: '1.3.6.1.2.1.15.3.1.7.10.0.0.2', tag: tags.ipAddress, value: Buffer.of(10, 0, 0, 2) },
      text('1.3.6.1.2.1.15.3.1.14.10.0.0.2', '\x04\x00'),
      integer('1.3.6.1.2.1.15.3.1.2.10.0.0.2', 1),
    ],
  },
  ciscoConfigManEvent: {
    oid: '1.3.6.1.4.1.9.9.43.2.0.1',
    variables: [
      integer('1.3.6.1.4.1.9.9.43.1.1.6.1.3.7', 1),
      integer('1.3.6.1.4.1.9.9.43.1.1.6.1.4.7', 3),
      integer('1.3.6.1.4.1.9.9.43.1.1.6.1.5.7', 4),
    ],
  },
  jnxFanFailure: {
    oid: '1.3.6.1.4.1.2636.4.1.2',
    variables: [text('1.3.6.1.4.1.2636.3.1.8.1.6.4.1.1.0', 'Fan Tray 1')],
  },
  upsTrapOnBattery: {
    oid: '1.3.6.1.2.1.33.2.1',
    variables: [integer('1.3.6.1.2.1.33.1.2.3.0', 42), integer('1.3.6.1.2.1.33.1.2.2.0', 5)],
  },
  mystery: {
    oid: '1.3.6.1.4.1.99999.0.1',
    variables: [text('1.3.6.1.4.1.99999.1.1.0', 'nobody knows this trap')],
  },
}

/** Content octets of an OID in dotted form. */
export const encoded = (oid: string): Buffer => encodeOid(parseOid(oid))
