import type { SensorFacts, SensorStatus } from '#core/contract/sensors.js'
import { sensorId } from '#core/service/sensor-id.js'

import { fill, type ProfileRow, textIn } from './profile-rows.js'
import type { SensorRule } from './profile-sensors.js'
import { limitsOf, type ThresholdRow } from './sensor-limits.js'
import { measure, type Scaling, scalingOf } from './sensor-scaling.js'

/** A sensor, and how a poll reads it. */
export interface SensorPlan {
  facts: SensorFacts
  /** Where its value is; null: it only tells its state. */
  value: { oid: string; scaling: Scaling } | null
  /** Where its state is; null: it follows from its limits, if it has any. */
  state: { oid: string; map: ReadonlyMap<string, SensorStatus>; untrusted: readonly number[] } | null
}

/** Names longer than this are cut. */
const nameMax = 200

export interface SensorSurroundings {
  deviceId: string
  group: string
  portOf: (row: ProfileRow, rule: SensorRule) => Promise<{ id: string; name: string } | undefined>
  thresholds: readonly ThresholdRow[]
}

/** The sensor that a rule makes of a row; undefined when it has none of the cells, or no name. */
export async function planSensor(
  row: ProfileRow,
  rule: SensorRule,
  { deviceId, group, portOf, thresholds }: SensorSurroundings,
): Promise<SensorPlan | undefined> {
  const scaling = scalingOf(row, rule)
  const raw = rule.value === undefined ? undefined : measure(row.cells[rule.value])
  const measures = raw !== undefined && scaling !== undefined && !scaling.ignore.includes(raw)
  const { state } = rule
  const said = state && textIn(row, state.column)
  const tells = state && said !== undefined && Object.hasOwn(state.map, said)
  // What says neither now may be an empty slot. What tells its state only is kept, as a fan without a speed.
  if (said === undefined ? !measures : !tells) return undefined
  // A value that stands for none is an empty slot, too, as long as nothing is said to be wrong.
  if (raw !== undefined && rule.ignore.includes(raw) && (!tells || state.map[said] === 'OK')) return undefined
  const port = rule.port && (await portOf(row, rule))
  const name = rule.name.map((text) => fill(row, text, { port: port?.name })).find((text) => text)
  if (!name) return undefined
  const key = `${group}/${rule.kind}/${name}`
  const oidOf = (column: string) => row.oids[column] ?? ''
  return {
    facts: {
      id: sensorId(deviceId, key),
      key,
      kind: rule.kind,
      name: name.slice(0, nameMax),
      measures: rule.value !== undefined && scaling !== undefined && raw !== undefined,
      interfaceId: port?.id ?? null,
      limits: limitsOf(row, { rule, scaling, thresholds }),
    },
    value: rule.value && scaling && raw !== undefined ? { oid: oidOf(rule.value), scaling } : null,
    state:
      state && tells
        ? { oid: oidOf(state.column), map: new Map(Object.entries(state.map)), untrusted: state.untrusted }
        : null,
  }
}

/** Makes the identity of sensors of one name their index, too. */
export function withKeys(
  deviceId: string,
  sensors: readonly { plan: SensorPlan; index: string }[],
): SensorPlan[] {
  const times = new Map<string, number>()
  for (const { plan } of sensors) times.set(plan.facts.key, (times.get(plan.facts.key) ?? 0) + 1)
  return sensors.map(({ plan, index }) => {
    if (times.get(plan.facts.key) === 1) return plan
    const key = `${plan.facts.key}#${index}`
    return { ...plan, facts: { ...plan.facts, key, id: sensorId(deviceId, key) } }
  })
}
