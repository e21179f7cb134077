import { Arg, Ctx, Directive, Field, FieldResolver, Float, Int, ObjectType, Resolver } from 'type-graphql'
import * as z from 'zod'

import type { CollectorKind } from '#core/contract/telemetry.js'
import { authorizedScope, Requires } from '#core/service/authorize.js'
import { parseInput } from '#core/service/errors.js'
import type { RequestContext } from '#core/service/request.js'
import type { DataSource } from '#db/source.js'
import type { Store } from '#db/store/store.js'

import { Device } from '../device.js'
import { readMinutes, readRefused, readSlowest } from './figures.js'
import { PipelineHealth } from './health.resolver.js'
import type { PipelineQueues } from './pipeline.js'

@ObjectType({ description: 'How much waits in a queue between two parts of SOTP.' })
@Requires('system.read')
export class QueueDepth {
  @Field(() => String, { description: 'poll.icmp, poll.snmp or telemetry.batches.' }) name!: string
  @Field(() => Int, { description: 'Jobs that nobody has begun.' }) waiting!: number
  @Field(() => Int, { description: 'Jobs being worked on.' }) active!: number
  @Field(() => Int, { description: 'Jobs that wait for their time, or for another try.' }) delayed!: number
  @Field(() => Int, { description: 'Jobs that were given up and are kept to be looked at.' }) failed!: number
}

@ObjectType({ description: 'What the polls of one kind brought in one minute.' })
@Requires('system.read')
export class PipelineMinute {
  @Field(() => Date, { description: 'Begin of the minute.' }) at!: Date
  @Field(() => String, { description: 'Who polled: icmp or snmp.' }) collector!: CollectorKind
  @Field(() => Int, { description: 'Polls of devices that came in.' }) polls!: number
  @Field(() => Int, { description: 'Of them, those that failed.' }) failed!: number
  @Field(() => Float, { description: 'Samples that were stored.' }) samples!: number
}

@ObjectType({ description: 'What was not stored, for one reason, in the last 24 hours.' })
@Requires('system.read')
export class RefusedSamples {
  @Field(() => String, {
    description:
      'future, too_old or instance: samples; outcome_future: whole polls, from a clock more than 5 minutes ahead.',
  })
  reason!: string
  @Field(() => Float, { description: 'How many.' }) count!: number
  @Field(() => Date, { description: 'The minute in which it last happened.' }) lastAt!: Date
}

@ObjectType({ description: 'A device whose SNMP polls take long.' })
@Requires('system.read')
export class SlowDevice {
  @Field(() => Device, {
    nullable: true,
    description: 'Which device. Null while inventory does not answer.',
  })
  device!: Device
  @Field(() => Float, { description: 'How long its latest complete poll took, ms.' }) responseMs!: number
  @Field(() => Date, { description: 'When that was.' }) at!: Date
}

const minutesMax = 24 * 60

/** Figures for whoever looks after SOTP; each is read only where it is asked for. */
@Resolver(() => PipelineHealth)
export class PipelineFiguresResolver {
  constructor(
    private readonly parts: { source: DataSource; store: Pick<Store, 'latest'>; queues: PipelineQueues },
  ) {}

  @FieldResolver(() => [QueueDepth], { description: 'The queues, in the order that a poll passes them.' })
  @Directive('@listSize(assumedSize: 3)')
  async queues(): Promise<QueueDepth[]> {
    const { icmp, snmp, batches } = this.parts.queues
    const named = [
      ['poll.icmp', icmp],
      ['poll.snmp', snmp],
      ['telemetry.batches', batches],
    ] as const
    return Promise.all(
      named.map(async ([name, queue]) =>
        Object.assign(new QueueDepth(), { name, ...(await queue.counts()) }),
      ),
    )
  }

  @FieldResolver(() => [PipelineMinute], {
    description:
      'The last full minutes by collector, oldest first; without those in which it polled nothing.',
  })
  @Directive('@listSize(assumedSize: 120)')
  async minutes(
    @Arg('last', () => Int, { defaultValue: 60, description: 'How many minutes back, 1 to 1440.' })
    last: number,
  ): Promise<PipelineMinute[]> {
    const rows = await readMinutes(
      this.parts.source,
      parseInput(z.int().min(1).max(minutesMax), last, 'last'),
    )
    return rows.map(({ minute, ...figures }) =>
      Object.assign(new PipelineMinute(), { at: minute, ...figures }),
    )
  }

  @FieldResolver(() => [RefusedSamples], { description: 'What was refused and why, most first.' })
  @Directive('@listSize(assumedSize: 5)')
  async refused(): Promise<RefusedSamples[]> {
    const rows = await readRefused(this.parts.source)
    return rows.map((row) => Object.assign(new RefusedSamples(), row))
  }

  @FieldResolver(() => [SlowDevice], {
    description: 'Devices whose SNMP polls take longest, of those that were polled in the last 15 minutes.',
  })
  @Directive('@listSize(slicingArguments: ["first"])')
  async slowest(
    @Arg('first', () => Int, { defaultValue: 10, description: 'How many, up to 100.' }) first: number,
    @Ctx() context: RequestContext,
  ): Promise<SlowDevice[]> {
    const rows = await readSlowest(this.parts, authorizedScope(context, 'telemetry.read'), {
      first: parseInput(z.int().min(1).max(100), first, 'first'),
      now: Date.now(),
    })
    return rows.map(({ deviceId, ...figures }) =>
      Object.assign(new SlowDevice(), { device: Device.of(deviceId), ...figures }),
    )
  }
}
