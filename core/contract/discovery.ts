import * as z from 'zod'

import { credentialKind } from './credentials.js'
import { deviceKind, snmpVersion } from './devices.js'
import { pollFailure } from './telemetry.js'

/** Finding devices: the work that inventory gives to collectors, and what they tell of it as it goes. */

/** Addresses that one run probes at most. An IPv4 /16 fits; larger networks are for several runs. */
export const discoveryAddressesMax = 65_536
/** Networks that one list of a run may name. */
export const discoveryNetworksMax = 100

/** Of work that takes its time. */
export const jobState = z.enum(['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'])
export type JobState = z.infer<typeof jobState>

/** Why two hosts are taken for one device. */
export const sameness = z.enum(['ADDRESS', 'SERIAL', 'CHASSIS_ID', 'SYS_NAME'])
export type Sameness = z.infer<typeof sameness>

/** How a run probes. */
export const discoveryOptions = z.object({
  useNeighbors: z.boolean().default(true).describe('goes on to what LLDP, CDP and ARP tables name'),
  ping: z.boolean().default(true),
  probeSilent: z.boolean().default(false).describe('asks by SNMP also what does not answer ping'),
  ports: z
    .array(z.int().min(1).max(65_535))
    .min(1)
    .max(5)
    .default([161])
    .describe('UDP ports of agents, in the order in which they are tried'),
  timeoutMs: z.int().min(100).max(10_000).default(1000),
  retries: z.int().min(0).max(3).default(1).describe('of SNMP, where the host is known to be there'),
  packetsPerSecond: z.int().min(1).max(2000).default(200),
})
export type DiscoveryOptions = z.infer<typeof discoveryOptions>

/** A network as RFC 4632 and RFC 4291 §2.3 write it, or one address. */
const network = z.string().min(2).max(60)
const networks = z.array(network).max(discoveryNetworksMax)

/** A credential by name, to be opened where it is used. Never a secret. */
export const credentialRef = z.object({ id: z.uuid(), kind: credentialKind })
export type CredentialRef = z.infer<typeof credentialRef>

/** Job of queue `discovery.runs`. Working on it again finds the same. */
export const discoveryJob = z.object({
  v: z.literal(1),
  kind: z.literal('discovery.job'),
  runId: z.uuid(),
  targets: networks.min(1),
  exclude: networks,
  within: networks.describe('where neighbours may lie that are probed, too'),
  seeds: z
    .array(z.string())
    .max(10_000)
    .describe('addresses of known devices whose neighbours are asked for'),
  credentials: z.array(credentialRef).max(10),
  options: discoveryOptions,
})
export type DiscoveryJob = z.infer<typeof discoveryJob>

const said = z.string().max(1000).nullable()

/** A host that answered. Null: not answered, or not told. */
export const foundHost = z.object({
  address: z.string(),
  rttMs: z.number().nullable().describe('of ping'),
  snmp: z
    .object({ version: snmpVersion, port: z.int(), credentialId: z.uuid() })
    .nullable()
    .describe('what worked'),
  snmpFailure: said.describe('an agent is there, but refused: why'),
  sysName: said,
  sysDescr: said,
  sysObjectId: said,
  vendor: said,
  model: said,
  osVersion: said,
  serialNumber: said,
  chassisId: said.describe('LLDP-MIB lldpLocChassisId, as `MAC 00:1b:54:aa:bb:cc`'),
  kind: deviceKind,
  addresses: z.array(z.string()).max(256).describe('its own, beside the one it was found at'),
  via: z.string().nullable().describe('address of whoever named it; null: it was a target'),
  duplicateOf: z
    .string()
    .nullable()
    .describe('address of an earlier host of this run that is the same device'),
  duplicateBy: sameness.nullable(),
})
export type FoundHost = z.infer<typeof foundHost>

/** Hosts of one report at most. */
export const reportHostsMax = 100

/**
 * Job of queue `discovery.reports`: how far a run is, at least every few seconds while it runs, and whom it found since
 * the last report. The one with a final state is the last.
 */
export const discoveryReport = z.object({
  v: z.literal(1),
  kind: z.literal('discovery.report'),
  runId: z.uuid(),
  at: z.int().describe('Unix time, ms'),
  state: jobState.exclude(['QUEUED']),
  probed: z.int().min(0),
  total: z.int().min(0).describe('grows as neighbours come in'),
  found: z.array(foundHost).max(reportHostsMax),
  error: z.string().max(1000).nullable(),
})
export type DiscoveryReport = z.infer<typeof discoveryReport>

/** Topic `discovery.progress`: a run is not what it was. */
export const discoveryProgress = z.object({
  v: z.literal(1),
  kind: z.literal('discovery.progress'),
  runId: z.uuid(),
  state: jobState,
})

/** How one device would be asked. */
const testSettings = {
  ping: z.object({ packets: z.int().min(1).max(10), timeoutMs: z.int().min(100).max(10_000) }).nullable(),
  snmp: z
    .object({
      version: snmpVersion,
      port: z.int().min(1).max(65_535),
      timeoutMs: z.int().min(100).max(30_000),
      retries: z.int().min(0).max(5),
      contextName: z.string().max(32),
    })
    .nullable(),
}

/** Job of queue `connection.tests`: asked while somebody waits, so that nobody works on it after `deadline`. */
export const connectionTestJob = z.object({
  v: z.literal(1),
  kind: z.literal('connection.test'),
  id: z.uuid().describe('names the answer, too'),
  deadline: z.int().describe('Unix time, ms'),
  address: z.string(),
  credentials: z.array(credentialRef).max(10),
  ...testSettings,
})
export type ConnectionTestJob = z.infer<typeof connectionTestJob>

const failure = { reason: pollFailure.nullable().describe('null: it worked'), detail: said }

/** What a test found out. */
export const connectionTestAnswer = z.object({
  v: z.literal(1),
  kind: z.literal('connection.answer'),
  id: z.uuid(),
  ip: z.string().nullable().describe('what the address stands for; null: it could not be resolved'),
  ping: z
    .object({ sent: z.int(), received: z.int(), rttMs: z.number().nullable(), ...failure })
    .nullable()
    .describe('null: not asked for'),
  snmp: z.array(
    z.object({
      version: snmpVersion,
      port: z.int(),
      credentialId: z.uuid().nullable().describe('null: none of its kind was given'),
      configured: z.boolean().describe('false: an alternative, tried because the configured way failed'),
      durationMs: z.number(),
      sysName: said,
      sysDescr: said,
      sysObjectId: said,
      vendor: said,
      model: said,
      upTimeMs: z.number().nullable(),
      ...failure,
    }),
  ),
})
export type ConnectionTestAnswer = z.infer<typeof connectionTestAnswer>
export type SnmpTest = ConnectionTestAnswer['snmp'][number]
