import type { SensorLimits, SensorStatus } from '#core/contract/sensors.js'

import type { NamedTable } from './agent.js'
import type { ProfileRow } from './profile-rows.js'
import type { SensorRule, Thresholds } from './profile-sensors.js'
import { type Scaling, scaled } from './sensor-scaling.js'
import { asMeasure } from './values.js'

/** One limit of a table of limits: of which row, on which side, and raw. */
export interface ThresholdRow {
  index: string
  side: keyof SensorLimits
  raw: number
}

const none: SensorLimits = { lowCritical: null, lowWarning: null, highWarning: null, highCritical: null }
const sides = Object.keys(none) as (keyof SensorLimits)[]

/** The rows of a table of limits, whose index is that of the sensor and a number. */
export function thresholdRows(table: NamedTable, { severities, relations }: Thresholds): ThresholdRow[] {
  return [...table].flatMap(([index, { severity, relation, value }]) => {
    const status = severity && severities[String(asMeasure(severity.varbind))]
    const side = relation && relations[String(asMeasure(relation.varbind))]
    const raw = value && asMeasure(value.varbind)
    if (!status || !side || raw === undefined) return []
    const name = `${side === 'LOW' ? 'low' : 'high'}${status === 'WARNING' ? 'Warning' : 'Critical'}` as const
    return { index: index.slice(0, index.lastIndexOf('.')), side: name, raw }
  })
}

/** The limits of a row. Those that contradict each other are none at all: agents fill what was not set with zeros. */
export function limitsOf(
  row: ProfileRow,
  {
    rule,
    scaling,
    thresholds,
  }: { rule: SensorRule; scaling: Scaling | undefined; thresholds: readonly ThresholdRow[] },
): SensorLimits {
  const limits = { ...none }
  if (!scaling) return limits
  for (const side of sides) {
    const given = rule.limits[side]
    const varbind = typeof given === 'string' ? row.cells[given] : undefined
    limits[side] =
      typeof given === 'number' ? given : (scaled(scaling, varbind && asMeasure(varbind)) ?? null)
  }
  for (const { index, side, raw } of thresholds) {
    const value = index === row.index ? scaled(scaling, raw) : undefined
    if (value === undefined) continue
    const before = limits[side]
    const nearer = side.startsWith('low') ? Math.max : Math.min
    limits[side] = before === null ? value : nearer(before, value)
  }
  const given = sides.map((side) => limits[side]).filter((limit) => limit !== null)
  const rises = given.every((limit, n) => n === 0 || limit >= (given[n - 1] ?? limit))
  const isFlat = given.length > 1 && given.every((limit) => limit === given[0])
  return rises && !isFlat ? limits : { ...none }
}

/** What limits say of a value; undefined where there are none. */
export function statusBy(limits: SensorLimits, value: number): SensorStatus | undefined {
  const { lowCritical, lowWarning, highWarning, highCritical } = limits
  if (sides.every((side) => limits[side] === null)) return undefined
  const beyond = (low: number | null, high: number | null) =>
    (low !== null && value <= low) || (high !== null && value >= high)
  if (beyond(lowCritical, highCritical)) return 'CRITICAL'
  return beyond(lowWarning, highWarning) ? 'WARNING' : 'OK'
}
