import { type ProfileRow, textIn } from './profile-rows.js'
import type { SensorRule } from './profile-sensors.js'
import { asMeasure, type Varbind } from './values.js'

/** How a raw value becomes one in the metric's unit. */
export interface Scaling {
  factor: number
  /** Watts become dBm. */
  toDbm: boolean
  ignore: readonly number[]
}

/** A raw value in the metric's unit; undefined when it stands for none. */
export function scaled({ factor, toDbm, ignore }: Scaling, raw: number | undefined): number | undefined {
  if (raw === undefined || ignore.includes(raw)) return undefined
  // Scales are powers of ten, which binary fractions only come near to: 12 digits are what is meant.
  const value = Number((raw * factor).toPrecision(12))
  if (!toDbm) return Number.isFinite(value) ? value : undefined
  return value > 0 ? Number((10 * Math.log10(value * 1000)).toFixed(3)) : undefined
}

/** The raw number in a cell, if there is one. */
export const measure = (varbind: Varbind | undefined): number | undefined => varbind && asMeasure(varbind)

/** How values of a row are scaled. Undefined when the row has a scale or a precision that makes no sense: a value of unknown size is none. */
export function scalingOf(
  row: ProfileRow,
  { scale, precision, unit, ignore }: SensorRule,
): Scaling | undefined {
  const by = typeof scale === 'number' ? scale : scaleIn(row, scale)
  const places = precision === undefined ? 0 : measure(row.cells[precision])
  if (by === undefined || places === undefined || Math.abs(places) > 20) return undefined
  return { factor: by / 10 ** places, toDbm: unit === 'W', ignore }
}

function scaleIn(row: ProfileRow, scale: Exclude<SensorRule['scale'], number>): number | undefined {
  if ('column' in scale) return scale.map[textIn(row, scale.column) ?? '']
  const whole = measure(row.cells[scale.share])
  return whole !== undefined && whole > 0 ? 1 / whole : undefined
}
