import { registerEnumType } from 'type-graphql'
import * as z from 'zod'

import { authProtocol, credentialKind, privProtocol } from '#core/contract/credentials.js'
import { deviceChanged, deviceKind, deviceStatus, snmpVersion } from '#core/contract/devices.js'
import { jobState, sameness } from '#core/contract/discovery.js'
import { sensorKind } from '#core/contract/sensors.js'
import { linkEvidence } from '#core/contract/topology.js'

export const DeviceKind = deviceKind.enum
export const DeviceStatus = deviceStatus.enum
export const SnmpVersion = snmpVersion.enum
export const SensorKind = sensorKind.enum
export const CredentialKind = credentialKind.enum
export const SnmpAuthProtocol = authProtocol.enum
export const SnmpPrivProtocol = privProtocol.enum
export const JobState = jobState.enum
export const DuplicateSign = sameness.enum
export const Protocol = z.enum(['ICMP', 'SNMP']).enum
export const ChangeKind = deviceChanged.shape.change.enum
export const LinkEvidence = linkEvidence.enum
export const parentSource = z.enum(['COMPUTED', 'MANUAL'])
export const ParentSource = parentSource.enum

export const deviceOrderField = z.enum([
  'NAME',
  'ADDRESS',
  'SITE',
  'KIND',
  'VENDOR',
  'CREATED_AT',
  'UPDATED_AT',
])
export const DeviceOrderField = deviceOrderField.enum
export type DeviceOrderField = z.infer<typeof deviceOrderField>
export const orderDirection = z.enum(['ASC', 'DESC'])
export const OrderDirection = orderDirection.enum
export type OrderDirection = z.infer<typeof orderDirection>

/** Registers an enum of the contract; the compiler asks for a description of every value. */
function register<Values extends Record<string, string>>(
  values: Values,
  name: string,
  description: string,
  meanings: Record<keyof Values, string>,
): void {
  const valuesConfig = Object.fromEntries(
    Object.entries(meanings).map(([value, text]) => [value, { description: text as string }]),
  ) as { [Value in keyof Values]: { description: string } }
  registerEnumType(values, { name, description, valuesConfig })
}

register(DeviceKind, 'DeviceKind', 'What a device is for.', {
  ROUTER: 'Forwards between networks.',
  SWITCH: 'Forwards within a network.',
  FIREWALL: 'Filters between networks.',
  SERVER: 'Runs services.',
  ACCESS_POINT: 'Joins wireless clients to the network.',
  PRINTER: 'Prints.',
  UPS: 'Supplies power through an outage.',
  OTHER: 'Anything else, or not known yet.',
})
register(DeviceStatus, 'DeviceStatus', 'Whether a device is watched.', {
  ACTIVE: 'Polled, and its faults raise alerts.',
  MAINTENANCE: 'Polled, but its faults raise no alerts.',
  DISABLED: 'Not polled.',
  DELETED: 'Deleted; kept for its history, and can be restored.',
})
register(SnmpVersion, 'SnmpVersion', 'Version of SNMP.', {
  V1: 'SNMPv1 (RFC 1157): no 64-bit counters.',
  V2C: 'SNMPv2c (RFC 1901): community string.',
  V3: 'SNMPv3 with the user-based security model (RFC 3414).',
})
register(SensorKind, 'SensorKind', 'What a sensor measures, or what part of a device it is.', {
  TEMPERATURE: 'Temperature, in degrees Celsius.',
  FAN: 'A fan: its speed in revolutions a minute, or only whether it works.',
  POWER: 'Power in watts, or a power supply that only tells whether it works.',
  VOLTAGE: 'Voltage, in volts.',
  CURRENT: 'Electric current, in amperes.',
  HUMIDITY: 'Relative humidity, 0 to 1.',
  OPTICAL: 'Optical power received or sent, in dBm.',
  LEVEL: 'How full a battery or a supply is, 0 to 1.',
  LOAD: 'Used share of what a power supply can give, 0 to 1.',
})
register(CredentialKind, 'CredentialKind', 'What a credential consists of.', {
  SNMP_COMMUNITY: 'A community string for SNMPv1 and SNMPv2c.',
  SNMP_V3: 'A user with optional authentication and privacy keys for SNMPv3.',
})
register(SnmpAuthProtocol, 'SnmpAuthProtocol', 'How SNMPv3 messages are authenticated.', {
  MD5: 'HMAC-MD5-96 (RFC 3414). Weak.',
  SHA: 'HMAC-SHA-96 (RFC 3414). Weak.',
  SHA224: 'HMAC-SHA-224 (RFC 7860).',
  SHA256: 'HMAC-SHA-256 (RFC 7860).',
  SHA384: 'HMAC-SHA-384 (RFC 7860).',
  SHA512: 'HMAC-SHA-512 (RFC 7860).',
})
register(SnmpPrivProtocol, 'SnmpPrivProtocol', 'How SNMPv3 messages are encrypted.', {
  DES: 'CBC-DES (RFC 3414). Weak.',
  AES128: 'CFB-AES-128 (RFC 3826).',
  AES192B: 'CFB-AES-192 with the key extension of the Blumenthal draft.',
  AES192R: 'CFB-AES-192 with the key extension of the Reeder draft, as Cisco uses it.',
  AES256B: 'CFB-AES-256 with the key extension of the Blumenthal draft.',
  AES256R: 'CFB-AES-256 with the key extension of the Reeder draft, as Cisco uses it.',
})
register(ChangeKind, 'ChangeKind', 'What happened to a device or a link.', {
  CREATED: 'It was added, or restored.',
  UPDATED: 'Something about it changed.',
  DELETED: 'It was deleted.',
})
register(LinkEvidence, 'LinkEvidence', 'How a link is known.', {
  LLDP: 'Link Layer Discovery Protocol (IEEE 802.1AB).',
  CDP: 'Cisco Discovery Protocol.',
  ARP: 'A router resolves the address of the device to the MAC address that was learned.',
  FDB: 'A bridge has learned the MAC address of the device on that port.',
  MANUAL: 'Somebody said so.',
})
register(ParentSource, 'ParentSource', 'Where the parents of a device come from.', {
  COMPUTED: 'They follow from the topology.',
  MANUAL: 'Somebody set them.',
})
register(DeviceOrderField, 'DeviceOrderField', 'What devices are ordered by. Unknown values come last.', {
  NAME: 'Name, ignoring case.',
  ADDRESS: 'Address: IPv4 and IPv6 by number, then host names.',
  SITE: 'Name of the site.',
  KIND: 'Kind, by its name.',
  VENDOR: 'Vendor, ignoring case.',
  CREATED_AT: 'When the device was added.',
  UPDATED_AT: 'When the device last changed.',
})
register(OrderDirection, 'OrderDirection', 'Direction of an order.', {
  ASC: 'Smallest first.',
  DESC: 'Largest first.',
})
register(JobState, 'JobState', 'Of work that takes its time.', {
  QUEUED: 'It waits for its turn.',
  RUNNING: 'It is being worked on.',
  SUCCEEDED: 'It is done.',
  FAILED: 'It ended early; `error` says why.',
  CANCELLED: 'Somebody called it off.',
})
register(DuplicateSign, 'DuplicateSign', 'Why two hosts are taken for one device.', {
  ADDRESS: 'One has an address of the other.',
  SERIAL: 'They have the same serial number.',
  CHASSIS_ID: 'They have the same LLDP chassis id.',
  SYS_NAME: 'They call themselves the same, and nothing else speaks against it.',
})
register(Protocol, 'Protocol', 'What a host answers.', {
  ICMP: 'Ping (RFC 792, RFC 4443).',
  SNMP: 'SNMP, of whatever version.',
})
