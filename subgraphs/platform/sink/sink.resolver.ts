import { Arg, Ctx, Directive, ID, Mutation, Query, Resolver } from 'type-graphql'

import { Requires } from '#core/service/authorize.js'
import { type RequestContext, signedIn } from '#core/service/request.js'

import { CreateSinkInput, SavedSink, Sink, SinkTest, UpdateSinkInput } from './sink.js'
import type { SinkService } from './sink.service.js'

@Resolver()
export class SinkResolver {
  constructor(private readonly service: SinkService) {}

  @Directive('@listSize(assumedSize: 50)')
  @Query(() => [Sink], { description: 'Every webhook sink, by name. Needs `sink.read`.' })
  @Requires('sink.read')
  sinks(): Promise<Sink[]> {
    return this.service.list()
  }

  @Mutation(() => SavedSink, {
    description:
      'Adds a webhook sink; it begins within 2 seconds. It sees what you may see, now and later. Needs `sink.write`.',
  })
  @Requires('sink.write')
  createSink(
    @Arg('input', () => CreateSinkInput, { description: 'The new sink.' }) input: CreateSinkInput,
    @Ctx() context: RequestContext,
  ): Promise<SavedSink> {
    return this.service.create(input, signedIn(context))
  }

  @Mutation(() => SavedSink, {
    description:
      'Changes, stops or starts a webhook sink; from then on it sees what you may see. Needs `sink.write`.',
  })
  @Requires('sink.write')
  updateSink(
    @Arg('id', () => ID, { description: 'The sink.' }) id: string,
    @Arg('input', () => UpdateSinkInput, { description: 'What shall change.' }) input: UpdateSinkInput,
    @Ctx() context: RequestContext,
  ): Promise<SavedSink> {
    return this.service.update(id, input, signedIn(context))
  }

  @Mutation(() => Sink, { description: 'Deletes a webhook sink and its secret. Needs `sink.write`.' })
  @Requires('sink.write')
  deleteSink(@Arg('id', () => ID, { description: 'The sink.' }) id: string): Promise<Sink> {
    return this.service.delete(id)
  }

  @Mutation(() => Sink, {
    description:
      'Starts a sink that was paused or given up. With `after` it delivers again what came since then, as far as history reaches; messages of the same event keep their id. Needs `sink.write`.',
  })
  @Requires('sink.write')
  resumeSink(
    @Arg('id', () => ID, { description: 'The sink.' }) id: string,
    @Arg('after', () => String, {
      nullable: true,
      description: 'Cursor to go on behind. Default: that of the last event that was delivered.',
    })
    after: string | null,
  ): Promise<Sink> {
    return this.service.resume(id, after)
  }

  @Mutation(() => SinkTest, {
    description:
      'Posts one test message, `{"event": {"test": true}}`, and tells how it went. Needs `sink.write`.',
  })
  @Requires('sink.write')
  testSink(@Arg('id', () => ID, { description: 'The sink.' }) id: string): Promise<SinkTest> {
    return this.service.test(id)
  }
}
