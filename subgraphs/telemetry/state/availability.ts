import { Directive, Field, Float, Int, ObjectType } from 'type-graphql'
import type { Reachability } from '#core/contract/telemetry.js'
import { Requires } from '#core/service/authorize.js'
import type { DataSource } from '#db/source.js'

import type { TimeRange } from '../time-range.js'

@ObjectType({ description: 'A time in which a device was DOWN or UNREACHABLE.' })
@Requires('telemetry.read')
export class Outage {
  @Field(() => Date, { description: 'When it began, also when that was before the range.' }) from!: Date
  @Field(() => Date, { nullable: true, description: 'When it ended; null: not within the range.' })
  to!: Date | null
  @Field(() => String, { description: 'Why; see `DeviceState.reason`.' }) reason!: string
}

@ObjectType({ description: 'How much of a time a device was available. UP and DEGRADED count as available.' })
@Requires('telemetry.read')
export class Availability {
  @Field(() => Float, {
    nullable: true,
    description: 'Share of the known time in which it was available, 0 to 1; null when nothing is known.',
  })
  ratio!: number | null
  @Field(() => Int, { description: 'Seconds in which it was available.' }) upSeconds!: number
  @Field(() => Int, { description: 'Seconds in which it was not.' }) downSeconds!: number
  @Field(() => Int, { description: 'Seconds of which nothing is known; they count as neither.' })
  unknownSeconds!: number
  @Directive('@listSize(assumedSize: 10)')
  @Field(() => [Outage], { description: 'Its outages in the range, oldest first.' })
  outages!: Outage[]
  @Field(() => Float, { description: 'Share of the range of which the state is known, 0 to 1.' })
  dataCompleteness!: number
}

interface ChangeRow {
  device_id: string
  at: Date
  to: Reachability
  reason: string
}

/** A device was in `to` from `at` on. */
export type Moment = Pick<ChangeRow, 'at' | 'to' | 'reason'>

/** Availability of many devices over one range, with one statement. */
export async function loadAvailability(
  source: DataSource,
  deviceIds: readonly string[],
  { from, to }: TimeRange,
): Promise<Map<string, Availability>> {
  const rows = (await source.query(
    `SELECT d.id AS device_id, c.at, c."to", c.reason FROM unnest($1::uuid[]) AS d (id)
     CROSS JOIN LATERAL (
       (SELECT id, at, "to", reason FROM state_change WHERE device_id = d.id AND at <= $2 ORDER BY at DESC, id DESC LIMIT 1)
       UNION ALL
       (SELECT id, at, "to", reason FROM state_change WHERE device_id = d.id AND at > $2 AND at < $3)
     ) AS c
     ORDER BY d.id, c.at, c.id`,
    [deviceIds, new Date(from), new Date(to)],
  )) as ChangeRow[]
  const moments = new Map<string, Moment[]>(deviceIds.map((id) => [id, []]))
  for (const row of rows) moments.get(row.device_id)?.push(row)
  return new Map([...moments].map(([id, own]) => [id, availability(own, { from, to })]))
}

const isDown = (state: Reachability) => state === 'DOWN' || state === 'UNREACHABLE'

/** From the changes of one device in order; the first may lie before the range. Before any change nothing is known. */
export function availability(moments: readonly Moment[], { from, to }: TimeRange): Availability {
  let upMs = 0
  let downMs = 0
  const outages: Outage[] = []
  let open: Outage | null = null
  for (const [n, moment] of moments.entries()) {
    const begin = Math.max(moment.at.getTime(), from)
    const end = Math.min(moments[n + 1]?.at.getTime() ?? to, to)
    const span = Math.max(0, end - begin)
    if (isDown(moment.to)) {
      downMs += span
      open ??= Object.assign(new Outage(), { from: moment.at, to: null, reason: moment.reason })
    } else {
      if (moment.to !== 'UNKNOWN') upMs += span
      if (open) outages.push(Object.assign(open, { to: moment.at }))
      open = null
    }
  }
  if (open) outages.push(open)
  const known = upMs + downMs
  const seconds = Math.round((to - from) / 1000)
  const upSeconds = Math.round(upMs / 1000)
  const downSeconds = Math.min(Math.round(downMs / 1000), seconds - upSeconds)
  return Object.assign(new Availability(), {
    ratio: known > 0 ? upMs / known : null,
    upSeconds,
    downSeconds,
    unknownSeconds: seconds - upSeconds - downSeconds,
    outages,
    dataCompleteness: known / (to - from),
  })
}
