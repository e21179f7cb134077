import * as z from 'zod'

import { snmpVersion } from './devices.js'
import { severity } from './severity.js'

/** An INFORM is acknowledged to its sender, a TRAP is not (RFC 3416 §4.2.6, §4.2.7). */
export const trapKind = z.enum(['TRAP', 'INFORM'])
export type TrapKind = z.infer<typeof trapKind>

/** What a trap is about; which is in the catalogue of `collectors/trap`. */
export const trapCategory = z.enum([
  'SYSTEM',
  'LINK',
  'ROUTING',
  'TOPOLOGY',
  'SECURITY',
  'ENVIRONMENT',
  'POWER',
  'CONFIGURATION',
  'OTHER',
])
export type TrapCategory = z.infer<typeof trapCategory>

/** Why a datagram was not accepted: it is kept to be looked at, and nothing follows from it. */
export const trapRefusal = z.enum([
  'UNKNOWN_COMMUNITY',
  'UNKNOWN_USER',
  'SECURITY_LEVEL',
  'AUTHENTICATION_FAILED',
  'NOT_IN_TIME_WINDOW',
  'DECRYPTION_FAILED',
  'MALFORMED',
  'TOO_LARGE',
  'UNSUPPORTED',
])
export type TrapRefusal = z.infer<typeof trapRefusal>

/** Types of RFC 2578 §7.1 and the exceptions of RFC 3416 §3. */
export const varbindType = z.enum([
  'INTEGER',
  'OCTET_STRING',
  'OBJECT_IDENTIFIER',
  'IP_ADDRESS',
  'COUNTER32',
  'GAUGE32',
  'TIME_TICKS',
  'OPAQUE',
  'COUNTER64',
  'NULL',
  'NO_SUCH_OBJECT',
  'NO_SUCH_INSTANCE',
  'END_OF_MIB_VIEW',
])
export type VarbindType = z.infer<typeof varbindType>

export const varbind = z.object({
  oid: z.string(),
  name: z.string().nullable().describe('as ifAdminStatus.3; null: the catalogue does not know it'),
  type: varbindType,
  value: z.string().describe('a number in decimal; text as it is; other octets as 0x and hexadecimal digits'),
})
export type Varbind = z.infer<typeof varbind>

/** Bounds of what is taken in of one datagram. */
export const trapLimits = {
  datagramBytes: 16_384,
  varbinds: 256,
  valueChars: 4096,
  summaryChars: 500,
} as const

/** One notification as a collector received it. What a datagram that could not be read does not tell is null. */
export const trap = z.object({
  id: z.uuid(),
  at: z.int().describe('Unix time, ms, when the collector got it'),
  lastAt: z.int().describe('Unix time, ms, when it got the last repeat'),
  repeats: z.int().min(0).describe('how often the same came again within the window'),
  source: z.string().describe('IP address of the sender of the datagram'),
  sourcePort: z.int(),
  deviceId: z.uuid().nullable().describe('null: no device that is polled has this address'),
  version: snmpVersion.nullable(),
  kind: trapKind.nullable(),
  oid: z.string().nullable().describe('snmpTrapOID; of v1 traps by RFC 3584 §3.1'),
  name: z.string().nullable().describe('null: the catalogue does not know it'),
  severity,
  category: trapCategory,
  summary: z.string().max(trapLimits.summaryChars),
  upTimeTicks: z.int().nullable().describe('sysUpTime of the sender, in hundredths of a second'),
  agentAddress: z.string().nullable().describe('agent-addr of a v1 trap, or snmpTrapAddress'),
  engineId: z.string().nullable().describe('v3: snmpEngineID of the authoritative engine, hexadecimal'),
  user: z.string().nullable().describe('v3: name of the user'),
  varbinds: z.array(varbind).max(trapLimits.varbinds + 2),
  refusal: trapRefusal.nullable().describe('null: accepted'),
  detail: z.string().max(500).nullable().describe('the refusal in words, for operators'),
  raw: z.base64().describe('the datagram, its communities overwritten with asterisks'),
})
export type Trap = z.infer<typeof trap>

/** What became of a datagram: each is exactly one of these. */
export const trapOutcome = z.enum([
  'STORED',
  'REPEATED',
  'RETRANSMITTED',
  'REFUSED',
  'REFUSED_NOT_KEPT',
  'ENGINE_DISCOVERY',
  'RATE_LIMITED_SOURCE',
  'RATE_LIMITED_TOTAL',
  'BUFFER_FULL',
  'FAILED',
])
export type TrapOutcome = z.infer<typeof trapOutcome>

/** How many datagrams ended so since the report before. `source` is null for those of all senders together. */
export const trapCount = z.object({
  source: z.string().nullable(),
  outcome: trapOutcome,
  datagrams: z.int().min(1),
})
export type TrapCount = z.infer<typeof trapCount>

/**
 * Job of queue `telemetry.traps`: what a collector received since the last. A trap comes again, whole and under its own
 * id, when it was repeated; a batch that comes again changes nothing.
 */
export const trapBatch = z.object({
  v: z.literal(1),
  kind: z.literal('trap.batch'),
  id: z.uuid(),
  at: z.int().describe('Unix time, ms'),
  traps: z.array(trap).max(500),
  counts: z.array(trapCount).max(1000),
})
export type TrapBatch = z.infer<typeof trapBatch>

/** `trap.received`: a trap after it was stored, or stored again with more repeats. The datagram itself is read by id. */
export const trapReceived = z.object({
  v: z.literal(1),
  kind: z.literal('trap.received'),
  repeated: z.boolean(),
  storedAt: z.int().describe('Unix time, ms'),
  siteId: z.uuid().nullable().describe('where its device stood'),
  trap: trap.omit({ raw: true }),
})
export type TrapReceived = z.infer<typeof trapReceived>
