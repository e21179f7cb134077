import * as z from 'zod'

import { sensorFacts } from './sensors.js'

/** What exists in the network and how it is reached: the words every room uses for a device. */

export const deviceKind = z.enum([
  'ROUTER',
  'SWITCH',
  'FIREWALL',
  'SERVER',
  'ACCESS_POINT',
  'PRINTER',
  'UPS',
  'OTHER',
])
export type DeviceKind = z.infer<typeof deviceKind>

/** Only ACTIVE devices are polled; MAINTENANCE is polled but must not alert. */
export const deviceStatus = z.enum(['ACTIVE', 'MAINTENANCE', 'DISABLED', 'DELETED'])
export type DeviceStatus = z.infer<typeof deviceStatus>

export const snmpVersion = z.enum(['V1', 'V2C', 'V3'])
export type SnmpVersion = z.infer<typeof snmpVersion>

/**
 * An IPv4 or IPv6 address or an RFC 1123 host name. A leading `-` is impossible by construction, so an
 * address can never be read as an option by fping or ping.
 */
export const address = z
  .string()
  .min(1)
  .max(253)
  .refine(
    (text) =>
      z.union([z.ipv4(), z.ipv6()]).safeParse(text).success ||
      /^(?=.*[a-zA-Z])([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/.test(
        text,
      ),
    'must be an IPv4 address, an IPv6 address or a host name',
  )

export const icmpSettings = z.object({
  enabled: z.boolean().default(true),
  intervalSeconds: z.int().min(5).max(3600).default(30),
  packets: z.int().min(1).max(10).default(3),
  timeoutMs: z.int().min(100).max(10_000).default(1000),
})

export const snmpSettings = z.object({
  enabled: z.boolean().default(true),
  version: snmpVersion.default('V2C'),
  port: z.int().min(1).max(65_535).default(161),
  intervalSeconds: z.int().min(5).max(3600).default(60),
  timeoutMs: z.int().min(100).max(30_000).default(2000),
  retries: z.int().min(0).max(5).default(1),
  maxRepetitions: z.int().min(1).max(100).default(25),
  neighbors: z
    .boolean()
    .default(true)
    .describe('whether its neighbour tables (LLDP, CDP, ARP, bridge) are read'),
  fdbRowsMax: z
    .int()
    .min(0)
    .max(19_000)
    .default(10_000)
    .describe('rows of its bridge table; one that has more is not used at all. 0: it is not read'),
  /** One of them asks for sysUpTime in each walk of a table. */
  maxOidsPerRequest: z.int().min(2).max(100).default(20),
  /** SNMPv3: which of the agent's contexts (vacmContextName, RFC 3415); empty is the default one. */
  contextName: z.string().max(32).default(''),
  /** False: the agent's GETBULK is broken, so it is asked by GETNEXT. */
  bulk: z.boolean().default(true),
  /** The agent's tables are out of order: read on all the same. */
  allowNonIncreasing: z.boolean().default(false),
})
export type SnmpSettings = z.infer<typeof snmpSettings>

/** How a device is watched. `snmp` is null for a device that is only pinged. */
export const monitoring = z.object({
  icmp: icmpSettings.prefault({}),
  snmp: snmpSettings.nullable().default(null),
})
export type Monitoring = z.infer<typeof monitoring>

/** A device as other rooms may know it: what inventory tells them on topic `device.changed`. */
export const deviceRecord = z.object({
  id: z.uuid(),
  name: z.string(),
  address: z.string(),
  siteId: z.uuid().nullable(),
  siteName: z.string().nullable(),
  kind: deviceKind,
  status: deviceStatus,
  tags: z.array(z.string()),
  monitoring,
  parentIds: z
    .array(z.uuid())
    .optional()
    .describe('devices whose failure, all together, would cut this one off; absent: none is known'),
})
export type DeviceRecord = z.infer<typeof deviceRecord>

/** `device.changed`: one per device and change, in commit order. UPDATED may repeat a state already known. */
export const deviceChanged = z.object({
  v: z.literal(1),
  kind: z.literal('device.changed'),
  change: z.enum(['CREATED', 'UPDATED', 'DELETED']),
  at: z.int().describe('Unix time, ms'),
  device: deviceRecord,
  interfaces: z
    .array(z.object({ id: z.uuid(), name: z.string() }))
    .optional()
    .describe('all ports with their names, when they changed or everything is told anew; absent: unchanged'),
  sensors: z
    .array(z.object({ id: z.uuid(), name: z.string() }))
    .optional()
    .describe('all sensors with their names, as it is with ports'),
  forgotten: z
    .array(z.uuid())
    .optional()
    .describe(
      'ids of ports and sensors of which nothing is kept any more: they were gone for too long, or too many were',
    ),
  previousSiteId: z
    .uuid()
    .nullish()
    .describe('where it stood before, when this change moved it (null: nowhere); absent: it was not moved'),
})
export type DeviceChanged = z.infer<typeof deviceChanged>

/** A projection asks inventory to tell all devices again (first start, or its cursor fell off the stream). */
export const deviceResync = z.object({
  v: z.literal(1),
  kind: z.literal('device.resync'),
  requestedBy: z.string(),
})
export type DeviceResync = z.infer<typeof deviceResync>

/**
 * One port as an agent reported it (IF-MIB ifTable and ifXTable, RFC 2863).
 * `key` is the identity within the device: ifName, else ifDescr, else the ifIndex, the first that is unique.
 */
export const interfaceFacts = z.object({
  id: z.uuid(),
  key: z.string(),
  ifIndex: z.int().min(0),
  name: z.string(),
  description: z.string().nullable(),
  alias: z.string().nullable(),
  mac: z.string().nullable(),
  type: z.int().describe('IANAifType'),
  speedBps: z.string().nullable().describe('decimal, bit/s: ifHighSpeed × 10^6, else ifSpeed'),
  mtu: z.int().nullable(),
  adminUp: z.boolean(),
})
export type InterfaceFacts = z.infer<typeof interfaceFacts>

/** Most rows of each list that are kept of a device; a table with more rows than these ports is not read at all. */
export const deviceFactsMax = { interfaces: 20_000, sensors: 2000 } as const

/** What a device says of itself (SNMPv2-MIB system group, ENTITY-MIB). Null: not reported. */
export const deviceFacts = z.object({
  v: z.literal(1),
  kind: z.literal('device.facts'),
  deviceId: z.uuid(),
  at: z.int().describe('Unix time, ms'),
  sysName: z.string().nullable(),
  sysDescr: z.string().nullable(),
  sysObjectId: z.string().nullable(),
  vendor: z.string().nullable(),
  model: z.string().nullable(),
  osVersion: z.string().nullable(),
  serialNumber: z.string().nullable(),
  profile: z
    .object({ id: z.string(), name: z.string() })
    .nullish()
    .describe('the device profile it was read with; absent: not told'),
  deviceKind: deviceKind.nullish().describe('what its profile takes it for'),
  interfaces: z.array(interfaceFacts).nullable().describe('null: the table could not be read this time'),
  sensors: z.array(sensorFacts).nullish().describe('null or absent: they could not be read this time'),
})
export type DeviceFacts = z.infer<typeof deviceFacts>
