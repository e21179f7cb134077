import * as z from 'zod'

/** How a value is compared with a rule's threshold: `value <comparison> threshold`. */
export const comparison = z.enum([
  'GREATER',
  'GREATER_OR_EQUAL',
  'LESS',
  'LESS_OR_EQUAL',
  'EQUAL',
  'NOT_EQUAL',
])
export type Comparison = z.infer<typeof comparison>

/** When a rule is met, and for how long it must be. Times in ms. */
export interface Condition {
  comparison: Comparison
  threshold: number
  /** A firing alert ends only when the comparison with this value fails too; null: with the threshold. */
  recoveryThreshold: number | null
  forMs: number
  keepFiringMs: number
}

const tests: Record<Comparison, (value: number, threshold: number) => boolean> = {
  GREATER: (value, threshold) => value > threshold,
  GREATER_OR_EQUAL: (value, threshold) => value >= threshold,
  LESS: (value, threshold) => value < threshold,
  LESS_OR_EQUAL: (value, threshold) => value <= threshold,
  EQUAL: (value, threshold) => value === threshold,
  NOT_EQUAL: (value, threshold) => value !== threshold,
}

/** Whether the value opens an alert or keeps a pending one. */
export const meets = (condition: Condition, value: number): boolean =>
  tests[condition.comparison](value, condition.threshold)

/** Whether the value keeps an alert that is firing already (hysteresis). */
export const holds = (condition: Condition, value: number): boolean =>
  tests[condition.comparison](value, condition.recoveryThreshold ?? condition.threshold)

/** Sign of a comparison, for people. */
export const sign: Record<Comparison, string> = {
  GREATER: '>',
  GREATER_OR_EQUAL: '≥',
  LESS: '<',
  LESS_OR_EQUAL: '≤',
  EQUAL: '=',
  NOT_EQUAL: '≠',
}

/** Why the recovery threshold makes no sense; undefined when it does. It must lie on the healthy side. */
export function recoveryFault(
  kind: Comparison,
  threshold: number,
  recoveryThreshold: number | null,
): string | undefined {
  if (recoveryThreshold === null) return undefined
  if (kind === 'EQUAL' || kind === 'NOT_EQUAL') return 'has no meaning with EQUAL and NOT_EQUAL'
  const healthy = kind.startsWith('GREATER') ? recoveryThreshold <= threshold : recoveryThreshold >= threshold
  return healthy ? undefined : `must lie on the healthy side of the threshold ${threshold}`
}
