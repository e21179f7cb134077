import { setImmediate } from 'node:timers/promises'

import type { SampleRows } from '#core/service/collector.js'
import type { KnownPorts } from '#core/service/known-ports.js'
import { count } from '#core/service/metrics.js'

import { type Agent, PollFault, RestartedMidway, type Table } from './agent.js'
import { type PortReading, portRates } from './counters.js'
import { type Description, describe } from './description.js'
import { DeviceClock } from './device-clock.js'
import { scalar } from './oids.js'
import type { Pacing } from './pacing.js'
import { countingColumns, keysOf, read, readingOf } from './ports.js'
import type { Profiles } from './profiles.js'
import type { SensorPlan } from './sensor-plan.js'
import { newSensorMemory, readSensors, type SensorMemory, sampleSensors } from './sensor-reading.js'
import { asNumber, type Varbind } from './values.js'
import { memoryUsed, processorLoad } from './vitals.js'

/** What is remembered of a device between its polls. */
export interface DeviceMemory {
  pacing: Pacing
  clock: DeviceClock
  description: Description | undefined
  /** Unix time, ms: then the description is read again in any case. */
  describeAt: number
  /** Last counters by interface id. */
  ports: Map<string, PortReading>
  /** Scalars the agent does not have; asked for again with each description. */
  missing: Set<string>
  sensors: SensorMemory
}

export const newMemory = (pacing: Pacing): DeviceMemory => ({
  pacing,
  clock: new DeviceClock(),
  description: undefined,
  describeAt: 0,
  ports: new Map(),
  missing: new Set(),
  sensors: newSensorMemory(),
})

/** One complete reading of a device. */
export interface DeviceReading {
  description: Description
  /** Counters and states by index. */
  table: Table
  /** Port keys by index, from the names that came with the counters. */
  keys: Map<string, string>
  scalars: Map<string, Varbind>
  /** The sensors whose turn it was, and their cells. */
  sensors: { plans: SensorPlan[]; cells: Map<string, Varbind> }
}

/** The description is read again after this long, spread so that devices of one start do not come together. */
const describeEveryMs = 600_000
/** An agent that started less than this many seconds ago may not have filled all its tables. */
const youngSeconds = 300
const describeYoungEveryMs = 60_000

const timeScalars = [
  scalar.sysUpTime,
  scalar.ifNumber,
  scalar.ifTableLastChange,
  scalar.snmpEngineTime,
  scalar.lldpStatsRemTablesLastChangeTime,
]

/** Which device is read, by which profiles, and where its ports are known from before. */
export interface About {
  deviceId: string
  knownPorts: KnownPorts
  profiles: Profiles
}

/**
 * Reads a device. A restart that falls into the reading begins it anew, once. `essentialOnly`: a description that is due
 * again waits until collectors are no longer behind. @throws PollFault
 */
export async function readDevice(
  agent: Agent,
  memory: DeviceMemory,
  about: About,
  essentialOnly = false,
): Promise<DeviceReading> {
  try {
    return await readOnce(agent, memory, about, essentialOnly)
  } catch (error) {
    if (!(error instanceof RestartedMidway)) throw error
  }
  count('sotp_collector_restarts_midway_total', { collector: 'snmp' })
  try {
    agent.forgetTime()
    return await readOnce(agent, memory, about, essentialOnly)
  } catch (error) {
    if (!(error instanceof RestartedMidway)) throw error
    throw new PollFault('INCOMPLETE', 'the device restarted while it was read')
  }
}

async function readOnce(
  agent: Agent,
  memory: DeviceMemory,
  about: About,
  essentialOnly: boolean,
): Promise<DeviceReading> {
  const known = memory.description
  const asked = [...timeScalars, ...(known?.vitals.cells ?? [])].filter((oid) => !memory.missing.has(oid))
  let scalars = await agent.get(asked)
  for (const oid of asked) if (!scalars.has(oid)) memory.missing.add(oid)
  const restarted = observe(memory, scalars) === 'restarted'
  let description = known
  if (!description || restarted || (!essentialOnly && isDue(memory, description, scalars))) {
    description = await redescribe(agent, memory, about)
    scalars = new Map([...scalars, ...(await agent.get(description.vitals.cells))])
  }
  let table = await agent.table(countingColumns(description.plan))
  let keys = keysOf(agent, table)
  if (!sameKeys(keys, description.keys)) {
    // Ports came, went or were renamed without a word: their speeds must be those of the new ones.
    description = await redescribe(agent, memory, about)
    table = await agent.table(countingColumns(description.plan))
    keys = keysOf(agent, table)
  }
  const sensors = await readSensors(agent, memory.sensors, description.sensors)
  return { description, table, keys, scalars, sensors }
}

function observe(memory: DeviceMemory, scalars: Map<string, Varbind>) {
  const ticks = numberIn(scalars, scalar.sysUpTime)
  if (ticks === undefined) return 'running'
  return memory.clock.observe({ ticks, atMs: performance.now() }, numberIn(scalars, scalar.snmpEngineTime))
}

const numberIn = (scalars: Map<string, Varbind>, oid: string): number | undefined => {
  const varbind = scalars.get(oid)
  return varbind && asNumber(varbind)
}

/** Whether the agent says that its ports changed, or the time has come. */
function isDue(memory: DeviceMemory, known: Description, scalars: Map<string, Varbind>): boolean {
  const changed = (oid: string, before: number | null) => {
    const now = numberIn(scalars, oid)
    return now !== undefined && before !== null && now !== before
  }
  return (
    Date.now() >= memory.describeAt ||
    changed(scalar.ifNumber, known.ifNumber) ||
    changed(scalar.ifTableLastChange, known.ifTableLastChange)
  )
}

async function redescribe(
  agent: Agent,
  memory: DeviceMemory,
  { deviceId, knownPorts, profiles }: About,
): Promise<Description> {
  const shared = await knownPorts.get(deviceId)
  const known = shared?.length ? shared : (memory.description?.known ?? [])
  const description = await describe(agent, { deviceId, profiles, known })
  // What was made without knowing what others know must not take its place.
  if (shared || known.length > 0) await knownPorts.set(deviceId, description.known)
  memory.description = description
  const young = (memory.clock.uptimeSeconds ?? youngSeconds) < youngSeconds
  memory.describeAt =
    Date.now() + (young ? describeYoungEveryMs : describeEveryMs) * (0.8 + 0.2 * Math.random())
  memory.missing.clear()
  return description
}

const sameKeys = (a: Map<string, string>, b: Map<string, string>): boolean =>
  a.size === b.size && [...a].every(([index, key]) => b.get(index) === key)

/** Turns a reading into samples, and remembers its counters for the next. */
export async function sample(
  agent: Agent,
  memory: DeviceMemory,
  { reading, samples }: { reading: DeviceReading; samples: SampleRows },
): Promise<void> {
  const at = Date.now()
  const { description, table, keys, scalars } = reading
  const uptime = scalars.has(scalar.sysUpTime) ? memory.clock.uptimeSeconds : undefined
  if (uptime !== undefined) samples.add('system.uptime', uptime, at)
  const cpu = processorLoad(agent, description.vitals, scalars)
  if (cpu !== undefined) samples.add('system.cpu', cpu, at)
  const used = memoryUsed(agent, description.vitals, scalars)
  if (used !== undefined) samples.add('system.memory', used, at)
  const ports = new Map<string, PortReading>()
  let done = 0
  for (const [index, row] of table) {
    const facts = description.ports.get(keys.get(index) ?? index)
    // The row came after the description was read: with the next poll it is described.
    if (!facts) continue
    const { id } = facts
    const now = readingOf(agent, row, memory.clock.epoch)
    const before = memory.ports.get(id)
    const { rates, dropped, tooSoon } = portRates(before, now, facts.speedBps ? Number(facts.speedBps) : null)
    for (const [metric, value] of rates) samples.add(metric, value, at, id)
    for (const reason of dropped) count('sotp_collector_rates_dropped_total', { collector: 'snmp', reason })
    const status = read(agent, row.ifOperStatus, asNumber)
    if (status !== undefined) samples.add('if.oper', status === 1 ? 1 : 0, at, id)
    ports.set(id, tooSoon && before ? before : now)
    if (++done % 500 === 0) await setImmediate()
  }
  memory.ports = ports
  sampleSensors(reading.sensors, samples, at)
}
