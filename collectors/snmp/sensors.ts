import { setImmediate } from 'node:timers/promises'

import { deviceFactsMax } from '#core/contract/devices.js'
import type { SensorFacts, SensorKind } from '#core/contract/sensors.js'
import { count } from '#core/service/metrics.js'

import { type Agent, PollFault } from './agent.js'
import { fits, readRows } from './profile-rows.js'
import type { Profile } from './profile-schema.js'
import type { SensorGroup, Thresholds } from './profile-sensors.js'
import { type ThresholdRow, thresholdRows } from './sensor-limits.js'
import { planSensor, type SensorPlan, withKeys } from './sensor-plan.js'
import { type KnownPorts, SensorPorts } from './sensor-ports.js'

/** The sensors of a device, and how polls read them. */
export interface Sensors {
  plans: SensorPlan[]
  /** All of them; null: not all could be read, so that one that is not there need not be gone. */
  facts: SensorFacts[] | null
}

const sensorsMax = deviceFactsMax.sensors

/**
 * Finds the sensors of a device where its profile says. An agent that fails in a table costs the tables from there on,
 * never the poll.
 */
export async function findSensors(
  agent: Agent,
  { deviceId, profile, known }: { deviceId: string; profile: Profile; known: KnownPorts },
): Promise<Sensors> {
  const ports = new SensorPorts(agent, known)
  const plans: SensorPlan[] = []
  /** Kinds that each group has found. */
  const kinds = new Map<string, Set<SensorKind>>()
  for (const [name, group] of profile.sensors) {
    const told = new Set(group.unless.flatMap((other) => [...(kinds.get(other) ?? [])]))
    try {
      const found = await groupSensors(agent, { deviceId, name, group, ports, told })
      kinds.set(name, new Set(found.map(({ facts }) => facts.kind)))
      plans.push(...found)
    } catch (error) {
      if (!(error instanceof PollFault)) throw error
      count('sotp_collector_sensors_failed_total', { collector: 'snmp', reason: error.reason.toLowerCase() })
      return { plans, facts: null }
    }
    if (plans.length <= sensorsMax) continue
    count('sotp_collector_sensors_failed_total', { collector: 'snmp', reason: 'too_many' })
    plans.length = sensorsMax
    break
  }
  return { plans, facts: plans.map(({ facts }) => facts) }
}

interface GroupParts {
  deviceId: string
  name: string
  group: SensorGroup
  ports: SensorPorts
  /** Kinds that others have told already. */
  told: ReadonlySet<SensorKind>
}

async function groupSensors(
  agent: Agent,
  { deviceId, name, group, ports, told }: GroupParts,
): Promise<SensorPlan[]> {
  if (group.each.every(({ kind }) => told.has(kind))) return []
  const rows = await readRows(agent, group.columns)
  const limits = new Map<Thresholds, Map<string, ThresholdRow[]>>()
  const found: { plan: SensorPlan; index: string }[] = []
  let done = 0
  for (const row of rows) {
    if (++done % 200 === 0) await setImmediate()
    const rule = group.each.find(({ when }) => fits(row, when))
    if (!rule || told.has(rule.kind)) continue
    if (rule.thresholds && !limits.has(rule.thresholds))
      limits.set(rule.thresholds, await readThresholds(agent, rule.thresholds))
    const plan = await planSensor(row, rule, {
      deviceId,
      group: name,
      portOf: async (of, { port }) => port && ports.find(of, port),
      thresholds: (rule.thresholds && limits.get(rule.thresholds)?.get(row.index)) ?? [],
    })
    if (plan) found.push({ plan, index: row.index })
  }
  return withKeys(deviceId, found)
}

const thresholdsMax = 10_000

async function readThresholds(agent: Agent, thresholds: Thresholds): Promise<Map<string, ThresholdRow[]>> {
  const { severity, relation, value } = thresholds
  const table = await agent.walk({ severity, relation, value }, ({ size }) => size >= thresholdsMax)
  return Map.groupBy(thresholdRows(table, thresholds), ({ index }) => index)
}
