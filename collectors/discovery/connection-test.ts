import type { ConnectionTestAnswer, ConnectionTestJob, SnmpTest } from '#core/contract/discovery.js'
import type { PollFailure } from '#core/contract/telemetry.js'
import { AddressUnresolved, type Resolver } from '#core/service/collector-address.js'
import type { Credentials } from '#core/service/collector-credentials.js'

import { PollFault } from '../snmp/agent.js'
import type { Inquirer } from '../snmp/inquiry.js'
import { type Introduction, readIntroduction } from '../snmp/introduction.js'
import { type Access, openAccess } from './access.js'
import { pingAll } from './ping.js'

export interface TestParts {
  addresses: Resolver
  credentials: Credentials
  inquirer: Inquirer
  /** The fping program. */
  fping: string
  signal: AbortSignal
}

/** No single attempt takes longer than this. */
const attemptMs = 8000
const packetsPerSecond = 10
const silence: Omit<Introduction, 'services' | 'osVersion'> = {
  ...{ sysName: null, sysDescr: null, sysObjectId: null, vendor: null, model: null, upTimeMs: null },
}

/**
 * Asks one device once as it would be polled: by ping, and by SNMP of the configured version with the first credential of
 * its kind. Where that fails, every other version and credential is tried side by side, so that the answer can say what
 * would work. What is wrong is part of the answer, never an exception.
 */
export async function testConnection(
  job: ConnectionTestJob,
  parts: TestParts,
): Promise<ConnectionTestAnswer> {
  const head = { v: 1, kind: 'connection.answer', id: job.id } as const
  let ip: string
  try {
    ip = await parts.addresses.resolve(job.address)
  } catch (error) {
    if (!(error instanceof AddressUnresolved)) throw error
    const failure = { reason: 'ADDRESS_UNRESOLVED' as const, detail: error.message }
    return {
      ...head,
      ip: null,
      ping: job.ping && { sent: 0, received: 0, rttMs: null, ...failure },
      snmp: job.snmp ? [{ ...attemptOf(job.snmp, null, true), ...failure }] : [],
    }
  }
  const [ping, snmp] = await Promise.all([testPing(ip, job.ping, parts), testSnmp(ip, job, parts)])
  return { ...head, ip, ping, snmp }
}

async function testPing(
  ip: string,
  settings: ConnectionTestJob['ping'],
  { fping, signal }: TestParts,
): Promise<ConnectionTestAnswer['ping']> {
  if (!settings) return null
  const [answer] = await pingAll([ip], { program: fping, ...settings, packetsPerSecond }, signal)
  const { sent = 0, received = 0, rttMs = null, notice = null } = answer ?? {}
  const reason = received > 0 ? null : sent > 0 ? ('NO_REPLY' as const) : ('INTERNAL' as const)
  const silent =
    sent > 0 ? `none of ${sent} echo requests was answered` : 'the ping program does not work here'
  return { sent, received, rttMs, reason, detail: reason === null ? null : (notice ?? silent) }
}

async function testSnmp(ip: string, job: ConnectionTestJob, parts: TestParts): Promise<SnmpTest[]> {
  const { snmp } = job
  if (!snmp) return []
  const ways = await openAccess(parts.credentials, job.credentials)
  const configured = ways.find(({ version }) => version === snmp.version)
  const first = configured
    ? await attempt(ip, { way: configured, settings: snmp, configured: true }, parts)
    : missing(snmp)
  if (first.reason === null) return [first]
  const others = ways.filter((way) => way !== configured)
  const alternatives = await Promise.all(
    others.map((way) => attempt(ip, { way, settings: { ...snmp, retries: 0 }, configured: false }, parts)),
  )
  return [first, ...alternatives]
}

type Settings = NonNullable<ConnectionTestJob['snmp']>

const attemptOf = (
  { version, port }: Pick<Settings, 'version' | 'port'>,
  credentialId: string | null,
  configured: boolean,
) => ({
  version,
  port,
  credentialId,
  configured,
  durationMs: 0,
  ...silence,
})

const missing = (settings: Settings): SnmpTest => ({
  ...attemptOf(settings, null, true),
  reason: 'CREDENTIAL_MISSING',
  detail: `no credential for SNMP${settings.version.toLowerCase()} was given, or it is gone`,
})

async function attempt(
  ip: string,
  { way, settings, configured }: { way: Access; settings: Settings; configured: boolean },
  { inquirer, signal }: TestParts,
): Promise<SnmpTest> {
  const { port, timeoutMs, retries, contextName } = settings
  const { version, credentialId, secret } = way
  const began = performance.now()
  const limit = AbortSignal.timeout(attemptMs)
  const base = attemptOf({ version, port }, credentialId, configured)
  const failed = (reason: PollFailure, detail: string): SnmpTest => ({
    ...base,
    durationMs: performance.now() - began,
    reason,
    detail: detail.slice(0, 1000),
  })
  try {
    const {
      services: _,
      osVersion: __,
      ...said
    } = await inquirer.ask(
      {
        ...{
          ip,
          port,
          version,
          secret: secret.reveal(),
          credentialId,
          contextName,
          timeoutMs,
          retries,
          limitMs: attemptMs,
        },
        signal: AbortSignal.any([signal, limit]),
      },
      (agent) => readIntroduction(agent, inquirer.profiles),
    )
    return { ...base, ...said, durationMs: performance.now() - began, reason: null, detail: null }
  } catch (error) {
    signal.throwIfAborted()
    if (limit.aborted) return failed('NO_REPLY', `no answer within ${attemptMs / 1000} s`)
    if (!(error instanceof PollFault)) throw error
    return failed(error.reason, error.message)
  }
}
