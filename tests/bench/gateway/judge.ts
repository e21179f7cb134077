import type { Row } from '../row.js'

export interface Bounds {
  ratioAtLeast?: number
  ratioAtMost?: number
  valueAtLeast?: number
  valueAtMost?: number
}

const signs = {
  ratioAtLeast: 'ratio ≥ ',
  ratioAtMost: 'ratio ≤ ',
  valueAtLeast: '≥ ',
  valueAtMost: '≤ ',
} as const

/** A row that must keep every one of its bounds. Without a reference its ratio is not a number. */
export function judge(
  { reference = Number.NaN, ...row }: Pick<Row, 'name' | 'value' | 'unit'> & { reference?: number },
  bounds: Bounds,
): Row {
  const ratio = row.value / reference
  const { ratioAtLeast, ratioAtMost, valueAtLeast, valueAtMost } = bounds
  const kept = [
    ratioAtLeast === undefined || ratio >= ratioAtLeast,
    ratioAtMost === undefined || ratio <= ratioAtMost,
    valueAtLeast === undefined || row.value >= valueAtLeast,
    valueAtMost === undefined || row.value <= valueAtMost,
  ]
  const target = Object.entries(signs)
    .filter(([bound]) => bounds[bound as keyof Bounds] !== undefined)
    .map(([bound, sign]) => {
      const unit = bound.startsWith('value') ? ` ${row.unit}` : ''
      return `${sign}${bounds[bound as keyof Bounds]}${unit}`
    })
    .join(', ')
  return { ...row, reference, ratio, target, ok: kept.every(Boolean) }
}

/** A row for what could not be measured, with the reason in its name. */
export const notRun = (name: string, error: unknown): Row => {
  const why = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').slice(0, 120)
  const nothing = Number.NaN
  return {
    name: `${name} – not run: ${why}`,
    value: nothing,
    unit: '',
    reference: nothing,
    ratio: nothing,
    target: '',
    ok: false,
  }
}
