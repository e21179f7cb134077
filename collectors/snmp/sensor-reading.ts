import { sensorMetrics, sensorStatusValue } from '#core/contract/sensors.js'
import type { SampleRows } from '#core/service/collector.js'
import { count } from '#core/service/metrics.js'

import { type Agent, PollFault } from './agent.js'
import { statusBy } from './sensor-limits.js'
import type { SensorPlan } from './sensor-plan.js'
import { scaled } from './sensor-scaling.js'
import type { Sensors } from './sensors.js'
import { asMeasure, asText, type Varbind } from './values.js'

/** What is remembered of the reading of sensors between polls. */
export interface SensorMemory {
  /** Which sensor the next poll begins with. */
  next: number
  /** The sensors the agent failed to tell: they are left alone until they are described again. */
  failed: Sensors | undefined
}

export const newSensorMemory = (): SensorMemory => ({ next: 0, failed: undefined })

/**
 * Cells that one poll reads for sensors: five messages. A device that has more tells them in turns, so that each sensor
 * is read every few polls.
 */
const cellsMax = 200

const cellsOf = ({ value, state }: SensorPlan): string[] => [
  ...(value ? [value.oid] : []),
  ...(state ? [state.oid] : []),
]

/**
 * Reads the sensors whose turn it is. They come after the counters and cost the poll nothing but time: an agent that
 * fails here is not asked again until the next description.
 */
export async function readSensors(
  agent: Agent,
  memory: SensorMemory,
  sensors: Sensors,
): Promise<{ plans: SensorPlan[]; cells: Map<string, Varbind> }> {
  const { plans } = sensors
  const turn: SensorPlan[] = []
  const oids = new Set<string>()
  if (memory.failed === sensors || plans.length === 0) return { plans: turn, cells: new Map() }
  for (let n = 0; n < plans.length; n++) {
    const plan = plans[(memory.next + n) % plans.length] as SensorPlan
    const own = cellsOf(plan)
    if (oids.size + own.length > cellsMax) break
    for (const oid of own) oids.add(oid)
    turn.push(plan)
  }
  memory.next = (memory.next + turn.length) % plans.length
  try {
    return { plans: turn, cells: await agent.get([...oids]) }
  } catch (error) {
    if (!(error instanceof PollFault)) throw error
    count('sotp_collector_sensors_failed_total', { collector: 'snmp', reason: error.reason.toLowerCase() })
    memory.failed = sensors
    return { plans: [], cells: new Map() }
  }
}

/**
 * Turns what was read into samples. What a sensor does not say now is no sample. Its state is the worse of what the
 * device says and what its limits say: some only tell whether the sensor itself works.
 */
export function sampleSensors(
  { plans, cells }: { plans: readonly SensorPlan[]; cells: ReadonlyMap<string, Varbind> },
  samples: SampleRows,
  at: number,
): void {
  for (const { facts, value, state } of plans) {
    const told = state && rawState(cells.get(state.oid))
    const status = told === null || told === undefined ? undefined : state?.map.get(told)
    const silent = state !== null && (status === undefined || state.untrusted.includes(Number(told)))
    const cell = value && !silent ? cells.get(value.oid) : undefined
    const measured = value ? scaled(value.scaling, cell && asMeasure(cell)) : undefined
    if (measured !== undefined) samples.add(sensorMetrics[facts.kind], measured, at, facts.id)
    const limited = measured === undefined ? undefined : statusBy(facts.limits, measured)
    const known = [status, limited].flatMap((word) => (word ? sensorStatusValue[word] : []))
    if (known.length > 0 && (status || !state)) samples.add('sensor.state', Math.max(...known), at, facts.id)
  }
}

function rawState(varbind: Varbind | undefined): string | undefined {
  if (!varbind) return undefined
  const text = asText(varbind)
  if (text !== undefined) return text
  const number = asMeasure(varbind)
  return number === undefined ? undefined : String(number)
}
