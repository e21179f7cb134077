import { Ctx, Directive, Field, Float, Int, ObjectType, Query, Resolver } from 'type-graphql'

import { authorizedScope, Requires } from '#core/service/authorize.js'
import type { RequestContext } from '#core/service/request.js'
import type { DataSource } from '#db/source.js'

import { type PipelineQueues, pipelineStages, readSummary } from './pipeline.js'
import { readTrapHealth, TrapHealth } from './trap-health.js'

@ObjectType({ description: 'The network at a glance.' })
@Requires('telemetry.read')
export class NetworkSummary {
  @Field(() => Int, { description: 'Devices that are watched.' }) devices!: number
  @Field(() => Int, { description: 'Of them, UP.' }) up!: number
  @Field(() => Int, { description: 'Of them, DEGRADED.' }) degraded!: number
  @Field(() => Int, { description: 'Of them, DOWN.' }) down!: number
  @Field(() => Int, { description: 'Of them, UNREACHABLE.' }) unreachable!: number
  @Field(() => Int, { description: 'Of them, UNKNOWN.' }) unknown!: number
  @Field(() => Float, {
    nullable: true,
    description:
      'Polls of devices that came in each second, over the last one to two minutes; null where you do not see every device.',
  })
  pollsPerSecond!: number | null
  @Field(() => Float, {
    nullable: true,
    description: 'Share of them that did not fail, 0 to 1; null: no poll, or you do not see every device.',
  })
  pollSuccessRatio!: number | null
  @Field(() => Float, {
    nullable: true,
    description:
      'Age of the newest stored sample, or of the newest poll of a device you see; null: none yet.',
  })
  ingestLagSeconds!: number | null
}

@ObjectType({ description: 'A stage of the way from a poll to a chart.' })
@Requires('system.read')
export class PipelineStage {
  @Field(() => String, { description: 'plan, poll.icmp, poll.snmp, ingest, events, rollup or traps.' })
  name!: string
  @Field(() => Float, {
    nullable: true,
    description: 'Age of the newest thing that passed it; null: nothing yet.',
  })
  lagSeconds!: number | null
  @Field(() => Int, { description: 'What waits before it: jobs, batches, events or 5-minute buckets.' })
  backlog!: number
  @Field(() => Date, { nullable: true, description: 'When it last did its work; null: never, or not kept.' })
  lastSuccessAt!: Date | null
  @Field(() => Boolean, { description: 'Whether it keeps up.' }) ok!: boolean
  @Field(() => String, { nullable: true, description: 'What is wrong, or worth knowing.' })
  message!: string | null
}

@ObjectType({ description: 'How the way from polls to charts and alerts is doing.' })
@Requires('system.read')
export class PipelineHealth {
  @Directive('@listSize(assumedSize: 7)')
  @Field(() => [PipelineStage], { description: 'Its stages, in the order that samples pass them.' })
  stages!: PipelineStage[]
  @Field(() => Boolean, { description: 'Whether every stage keeps up.' }) ok!: boolean
  @Field(() => TrapHealth, { description: 'What became of the SNMP traps of the last hour.' })
  traps!: TrapHealth
}

@Resolver()
export class HealthResolver {
  constructor(
    private readonly source: DataSource,
    private readonly queues: PipelineQueues,
  ) {}

  @Directive('@cost(weight: 10)')
  @Query(() => NetworkSummary, { description: 'The network at a glance, as far as you may see it.' })
  @Requires('telemetry.read')
  async networkSummary(@Ctx() context: RequestContext): Promise<NetworkSummary> {
    const scope = authorizedScope(context, 'telemetry.read')
    const { states, ...figures } = await readSummary(this.source, scope, Date.now())
    return Object.assign(new NetworkSummary(), {
      ...figures,
      devices: Object.values(states).reduce((sum, n) => sum + n, 0),
      up: states['UP'] ?? 0,
      degraded: states['DEGRADED'] ?? 0,
      down: states['DOWN'] ?? 0,
      unreachable: states['UNREACHABLE'] ?? 0,
      unknown: states['UNKNOWN'] ?? 0,
    })
  }

  @Directive('@cost(weight: 10)')
  @Query(() => PipelineHealth, { description: 'How SOTP itself is doing, from polls to charts.' })
  @Requires('system.read')
  async pipelineHealth(): Promise<PipelineHealth> {
    const stages = (await pipelineStages(this.source, this.queues, Date.now())).map((stage) =>
      Object.assign(new PipelineStage(), stage),
    )
    const traps = await readTrapHealth(this.source, Date.now())
    return Object.assign(new PipelineHealth(), { stages, ok: stages.every(({ ok }) => ok), traps })
  }
}
