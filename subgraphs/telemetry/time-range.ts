import { Field, InputType } from 'type-graphql'

import { SotpError } from '#core/service/errors.js'

@InputType({ description: 'A span of time: `last` alone, or `from` with or without `to`.' })
export class TimeRangeInput {
  @Field(() => Date, { nullable: true, description: 'Its begin.' }) from?: Date | null
  @Field(() => Date, { nullable: true, description: 'Its end; now when left out.' }) to?: Date | null
  @Field(() => String, {
    nullable: true,
    description: 'The time up to now: a number and s, m, h, d or w, as `15m`, `6h`, `7d`.',
  })
  last?: string | null
}

/** Unix time, ms; `from` lies before `to`, `to` not after now. */
export interface TimeRange {
  from: number
  to: number
}

const unitMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const spanMaxMs = 10 * 366 * 86_400_000

function bad(field: string, message: string): never {
  throw new SotpError('BAD_USER_INPUT', { message: `${field}: ${message}`, field })
}

/** @throws SotpError BAD_USER_INPUT naming the faulty field. */
export function timeRange({ from, to, last }: TimeRangeInput, now: number): TimeRange {
  if (last !== undefined && last !== null) {
    if (from || to) bad('range.last', 'cannot stand beside from or to')
    const [, amount, unit] = /^(\d{1,6})([smhdw])$/.exec(last) ?? []
    const span = Number(amount) * (unitMs[unit ?? ''] ?? Number.NaN)
    if (!(span > 0)) bad('range.last', 'must be a number and s, m, h, d or w, as 15m, 6h or 7d')
    if (span > spanMaxMs) bad('range.last', 'must be at most 10 years')
    return { from: now - span, to: now }
  }
  if (!from) bad(to ? 'range.from' : 'range', to ? 'is missing' : 'needs last, or from')
  const end = Math.min(to?.getTime() ?? now, now)
  const begin = from.getTime()
  if (begin >= now) bad('range.from', 'lies in the future')
  if (begin >= end) bad('range.to', 'must lie after from')
  if (end - begin > spanMaxMs) bad('range.from', 'must be at most 10 years before to')
  return { from: begin, to: end }
}
