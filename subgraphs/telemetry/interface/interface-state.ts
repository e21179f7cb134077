import { Ctx, Field, FieldResolver, Float, ObjectType, Resolver, Root } from 'type-graphql'

import { Requires } from '#core/service/authorize.js'
import { batched, type RequestContext } from '#core/service/request.js'
import type { Sight } from '#db/sight.js'
import type { DataSource } from '#db/source.js'

import { Interface } from '../device.js'

@ObjectType({
  description: 'Latest known figures of an interface. Each is null when the last poll could not tell it.',
})
@Requires('telemetry.read')
export class InterfaceState {
  @Field(() => Boolean, { nullable: true, description: 'Whether ifOperStatus is up.' })
  operUp!: boolean | null
  @Field(() => Float, { nullable: true, description: 'Received traffic, bit/s.' }) inBps!: number | null
  @Field(() => Float, { nullable: true, description: 'Sent traffic, bit/s.' }) outBps!: number | null
  @Field(() => Float, {
    nullable: true,
    description: 'Received traffic as a share of the line rate, 0 to 1.',
  })
  utilizationIn!: number | null
  @Field(() => Float, { nullable: true, description: 'Sent traffic as a share of the line rate, 0 to 1.' })
  utilizationOut!: number | null
  @Field(() => Float, { nullable: true, description: 'Frames with errors per second, both directions.' })
  errorsPerSecond!: number | null
  @Field(() => Float, { nullable: true, description: 'Discarded frames per second, both directions.' })
  discardsPerSecond!: number | null
  @Field(() => Date, {
    nullable: true,
    description: 'The poll that found it up after it was down, or down after it was up; null: none has.',
  })
  operChangedAt!: Date | null
  @Field(() => Date, { description: 'When they were measured.' }) at!: Date
}

interface Row {
  id: string
  at: Date
  oper: number | null
  oper_changed_at: Date | null
  in_bps: number | null
  out_bps: number | null
  in_utilization: number | null
  out_utilization: number | null
  in_errors: number | null
  out_errors: number | null
  in_discards: number | null
  out_discards: number | null
}

const both = (a: number | null, b: number | null) => (a === null && b === null ? null : (a ?? 0) + (b ?? 0))

const shown = (row: Row): InterfaceState =>
  Object.assign(new InterfaceState(), {
    operUp: row.oper === null ? null : row.oper === 1,
    inBps: row.in_bps,
    outBps: row.out_bps,
    utilizationIn: row.in_utilization,
    utilizationOut: row.out_utilization,
    errorsPerSecond: both(row.in_errors, row.out_errors),
    discardsPerSecond: both(row.in_discards, row.out_discards),
    operChangedAt: row.oper_changed_at,
    at: row.at,
  })

async function loadStates(source: DataSource, ids: string[]): Promise<Map<string, InterfaceState>> {
  const rows = (await source.query('SELECT * FROM interface_state WHERE id = ANY($1::text[])', [
    ids,
  ])) as Row[]
  return new Map(rows.map((row) => [row.id, shown(row)]))
}

@Resolver(() => Interface)
export class InterfaceStateResolver {
  constructor(
    private readonly source: DataSource,
    private readonly sight: Sight,
  ) {}

  @FieldResolver(() => InterfaceState, {
    nullable: true,
    description: 'Its latest figures; null when it was never measured.',
  })
  async state(@Root() port: Interface, @Ctx() context: RequestContext): Promise<InterfaceState | undefined> {
    if (!(await this.sight.interface(context, port.id))) return undefined
    return batched(context, 'telemetry.interface', (ids: string[]) => loadStates(this.source, ids))(port.id)
  }
}
