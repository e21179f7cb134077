import { Field, ID, ObjectType, Query, Resolver } from 'type-graphql'

import { Public, Requires } from '#core/service/authorize.js'
import { createLog } from '#core/service/log.js'
import { createSubgraph } from '#core/service/subgraph.js'

import { requestBy } from '../../kit/alerting.js'
import { median, type Row } from '../row.js'

const rows = 10_000
const rounds = 31

@ObjectType({ description: 'A row that anybody may read.' })
@Public()
class OpenRow {
  @Field(() => ID, { description: 'Its id.' }) id!: string
  @Field(() => String, { description: 'Its name.' }) name!: string
  @Field(() => String, { description: 'Its kind.' }) kind!: string
  @Field(() => String, { description: 'Its place.' }) place!: string
}
@ObjectType({ description: 'A row of which every field is checked.' })
@Requires('device.read')
class CheckedRow extends OpenRow {}

const all = Array.from({ length: rows }, (_, n) => ({ id: String(n), name: `n${n}`, kind: 'x', place: 'y' }))

@Resolver()
class RowResolver {
  @Query(() => [OpenRow], { description: 'Unchecked.' })
  @Public()
  open(): OpenRow[] {
    return all
  }
  @Query(() => [CheckedRow], { description: 'Checked.' })
  @Requires('device.read')
  checked(): CheckedRow[] {
    return all
  }
}

/** A result of 10,000 rows whose every field is checked against one whose fields are open. */
export async function fieldRows(): Promise<Row[]> {
  const subgraph = createSubgraph({
    name: 'rows',
    resolvers: [new RowResolver()],
    references: {},
    log: createLog('bench', 'silent'),
  })
  async function once(field: string): Promise<number> {
    const startedAt = performance.now()
    const { errors } = await subgraph.execute(
      { query: `{ ${field} { id name kind place } }` },
      requestBy('VIEWER'),
    )
    if (errors) throw errors[0]
    return performance.now() - startedAt
  }
  const times: Record<'open' | 'checked', number[]> = { open: [], checked: [] }
  for (let round = 0; round < rounds; round += 1) {
    times.open.push(await once('open'))
    times.checked.push(await once('checked'))
  }
  const [value, reference] = [median(times.checked), median(times.open)]
  const ratio = value / reference
  return [
    {
      name: 'a permission checked for each of 4 fields in 10,000 rows (reference: none)',
      value,
      unit: 'ms',
      reference,
      ratio,
      target: 'ratio ≤ 1.2',
      ok: ratio <= 1.2,
    },
  ]
}
