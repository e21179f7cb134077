import { createHash } from 'node:crypto'

import type { DeviceFacts, SnmpSettings } from '#core/contract/devices.js'
import type { DeviceNeighbors } from '#core/contract/neighbors.js'
import type { PollTarget } from '#core/contract/polling.js'
import type { PollOutcome } from '#core/contract/telemetry.js'
import {
  type CollectorContext,
  failedOutcome,
  type ProbeResult,
  SampleRows,
} from '#core/service/collector.js'
import { AddressUnresolved } from '#core/service/collector-address.js'
import { count } from '#core/service/metrics.js'

import { Agent, PollFault } from './agent.js'
import { SnmpFault } from './faults.js'
import { NeighborWatch } from './neighbors-watch.js'
import { Pacing } from './pacing.js'
import type { Profiles } from './profiles.js'
import { type DeviceMemory, type DeviceReading, newMemory, readDevice, sample } from './reading.js'
import type { Route, SessionSettings } from './session.js'
import type { Sessions } from './sessions.js'

/** What a device's polls share. */
export interface Watched {
  memory: DeviceMemory
  /** Hash and time of the facts that were told last. */
  facts: { hash: string; at: number } | undefined
  neighbors: NeighborWatch
  /** The way of the next poll. */
  route: Route
  usedAt: number
}

export const newWatched = (settings: SnmpSettings): Watched => ({
  memory: newMemory(new Pacing(settings.maxRepetitions)),
  facts: undefined,
  neighbors: new NeighborWatch(),
  route: 'own',
  usedAt: Date.now(),
})

/** Facts that did not change are told again after this long. */
const factsEveryMs = 600_000
/** No poll of a device takes longer than this, however long its interval is. */
const pollMaxMs = 120_000

export interface PollParts {
  context: Pick<CollectorContext, 'secrets' | 'addresses' | 'knownPorts'>
  sessions: Sessions
  profiles: Profiles
  signal: AbortSignal
  /** Collectors are behind: what changes slowly is not read again. */
  essentialOnly: boolean
}

/** Polls one device once. What is wrong with the device or our access to it is an outcome, never an exception. */
export async function pollDevice(
  parts: PollParts,
  watched: Watched,
  target: PollTarget,
): Promise<ProbeResult> {
  const began = performance.now()
  const samples = new SampleRows()
  const { deviceId } = target
  const failed = (fault: PollFault): ProbeResult => {
    count('sotp_collector_bad_answers_total', { collector: 'snmp', reason: fault.reason.toLowerCase() })
    const details = { detail: fault.message, durationMs: performance.now() - began }
    return { outcome: failedOutcome(deviceId, fault.reason, details), samples: new SampleRows() }
  }
  try {
    const { agent, reading, neighbors } = await readTarget(parts, watched, target)
    watched.usedAt = Date.now()
    if (watched.route === 'own') watched.route = 'shared'
    await sample(agent, watched.memory, { reading, samples })
    const outcome = outcomeOf(agent, { reading, deviceId, durationMs: performance.now() - began })
    if (outcome.result !== 'unsupported') samples.add('snmp.response', outcome.durationMs, outcome.at)
    const facts = outcome.result === 'unsupported' ? undefined : newFacts(watched, deviceId, reading)
    return { outcome, samples, ...(facts && { facts }), ...(neighbors && { neighbors }) }
  } catch (error) {
    parts.signal.throwIfAborted()
    const fault = asPollFault(error)
    if (!fault) throw error
    // Heard nothing: perhaps the agent answers from another of its addresses.
    if (fault.reason === 'NO_REPLY') watched.route = watched.route === 'any_address' ? 'own' : 'any_address'
    else if (fault.reason === 'UNREACHABLE') watched.route = 'own'
    return failed(fault)
  }
}

function asPollFault(error: unknown): PollFault | undefined {
  if (error instanceof PollFault) return error
  if (error instanceof AddressUnresolved) return new PollFault('ADDRESS_UNRESOLVED', error.message)
  return error instanceof SnmpFault ? new PollFault(error.reason, error.message) : undefined
}

/** Opens or reuses a session and reads the device; once more with a new session where an old one may be to blame. */
async function readTarget(
  { context, sessions, profiles, signal, essentialOnly }: PollParts,
  watched: Watched,
  target: PollTarget,
): Promise<{ agent: Agent; reading: DeviceReading; neighbors: DeviceNeighbors | undefined }> {
  const { deviceId, snmp } = target
  if (!snmp) throw new PollFault('INTERNAL', 'the plan has no SNMP settings for this device')
  const ip = await context.addresses.resolve(target.address)
  const credential = await credentialOf(context, target, snmp)
  const settings: SessionSettings = {
    ip,
    port: snmp.port,
    timeoutMs: snmp.timeoutMs,
    version: snmp.version,
    ...credential,
    contextName: snmp.contextName,
    bulk: snmp.bulk,
    route: watched.route,
  }
  const about = { deviceId, knownPorts: context.knownPorts, profiles }
  const deadline = Date.now() + Math.min(pollMaxMs, snmp.intervalSeconds * 900)
  if (watched.memory.pacing.max !== snmp.maxRepetitions)
    watched.memory.pacing = new Pacing(snmp.maxRepetitions)
  for (;;) {
    const lease = sessions.take(deviceId, settings)
    const agent = new Agent(lease.session, {
      retries: snmp.retries,
      deadline,
      signal,
      pacing: watched.memory.pacing,
      maxOidsPerRequest: snmp.maxOidsPerRequest,
      allowNonIncreasing: snmp.allowNonIncreasing,
    })
    try {
      const reading = await readDevice(agent, watched.memory, about, essentialOnly)
      const neighbors = essentialOnly
        ? undefined
        : await watched.neighbors.read(agent, { deviceId, settings: snmp, reading })
      return { agent, reading, neighbors }
    } catch (error) {
      sessions.drop(deviceId)
      const stale = error instanceof PollFault && error.reason === 'AUTHENTICATION_FAILED' && lease.reused
      if (!stale) throw error
    } finally {
      sessions.giveBack(deviceId, lease)
    }
  }
}

async function credentialOf(
  { secrets }: PollParts['context'],
  { credentialRefs }: PollTarget,
  { version }: SnmpSettings,
): Promise<Pick<SessionSettings, 'secret' | 'credentialId'>> {
  const kind = version === 'V3' ? 'SNMP_V3' : 'SNMP_COMMUNITY'
  try {
    const found = await secrets.find(credentialRefs, kind)
    if (found) return { secret: found.secret.reveal(), credentialId: found.ref }
  } catch (error) {
    throw new PollFault('CREDENTIAL_MISSING', error instanceof Error ? error.message : String(error))
  }
  const words = version === 'V3' ? 'an SNMPv3 user' : 'an SNMP community'
  throw new PollFault('CREDENTIAL_MISSING', `none of the device's credentials is ${words}`)
}

/** Answers that were read but of a wrong type mark the device; what could be read is true all the same. */
function outcomeOf(
  agent: Agent,
  { reading, deviceId, durationMs }: { reading: DeviceReading; deviceId: string; durationMs: number },
): PollOutcome {
  if (agent.bad !== undefined)
    return failedOutcome(deviceId, 'MALFORMED_RESPONSE', { detail: agent.bad, durationMs })
  const { table, scalars, description } = reading
  const about = { deviceId, at: Date.now(), reason: null, durationMs }
  if (table.size > 0) return { ...about, result: 'success', detail: null }
  const { sysDescr, sysObjectId, sysName } = description.system
  return scalars.size === 0 && sysDescr === null && sysObjectId === null && sysName === null
    ? { ...about, result: 'unsupported', detail: 'the agent answers, but has none of the objects asked for' }
    : { ...about, result: 'empty', detail: 'the agent has no interfaces' }
}

/** The facts, when they changed or it is time to tell them again. */
function newFacts(
  watched: Watched,
  deviceId: string,
  { description }: DeviceReading,
): DeviceFacts | undefined {
  const at = Date.now()
  // A description is read as a whole, so the same one needs no second look.
  const facts: DeviceFacts = {
    v: 1,
    kind: 'device.facts',
    deviceId,
    at,
    ...description.system,
    interfaces: [...description.ports.values()],
    sensors: description.sensors.facts,
  }
  const due = !watched.facts || at - watched.facts.at >= factsEveryMs
  const hash = hashOf(description, facts)
  if (!due && watched.facts?.hash === hash) return undefined
  watched.facts = { hash, at }
  return facts
}

const hashes = new WeakMap<object, string>()

function hashOf(description: object, facts: DeviceFacts): string {
  const known = hashes.get(description)
  if (known !== undefined) return known
  const hash = createHash('sha1')
    .update(JSON.stringify({ ...facts, at: 0 }))
    .digest('base64')
  hashes.set(description, hash)
  return hash
}
