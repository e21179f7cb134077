import type * as z from 'zod'

import { queues } from '#core/contract/queues.js'
import { openQueue } from '#core/service/queue.js'
import type { RoomOptions, RunningSubgraph } from '#core/service/room.js'
import { shareTopic } from '#core/service/shared-topic.js'
import { createSubgraph, describeSubgraph, type ReferenceResolver } from '#core/service/subgraph.js'
import { openTopics } from '#core/service/topics.js'
import { openSource } from '#db/source.js'
import { openStore } from '#db/store/store.js'

import { Device, Interface } from './device.js'
import { HealthResolver } from './health/health.resolver.js'
import { InterfaceStateResolver } from './interface/interface-state.js'
import { openSampleStream } from './sample/sample-stream.js'
import { InterfaceSeriesResolver, SeriesResolver } from './sample/series.resolver.js'
import { openSeriesReader } from './sample/series.service.js'
import { retentionConfig, retentionOf } from './settings.js'
import { AvailabilityResolver } from './state/availability.resolver.js'
import { loadState, StateResolver } from './state/state.resolver.js'
import { openStateStream } from './state/state-stream.js'
import { openStates } from './state/states.js'

export const config = retentionConfig

/** The subgraph's SDL, from the code alone. */
export const sdl = (): string =>
  describeSubgraph([
    StateResolver,
    AvailabilityResolver,
    SeriesResolver,
    InterfaceSeriesResolver,
    InterfaceStateResolver,
    HealthResolver,
  ])

const deviceOf: ReferenceResolver = ({ id }) => Device.of(id)
const interfaceOf: ReferenceResolver = ({ id }) => Interface.of(id)

/** Answers what the network is doing and did. Reads only: `ingest.ts` writes. */
export async function start(options: RoomOptions<z.infer<typeof config>>): Promise<RunningSubgraph> {
  const { config: settings, log, health } = options
  const redisUrl = settings.SOTP_REDIS_URL
  await using stack = new AsyncDisposableStack()
  const source = await openSource({ url: settings.SOTP_DATABASE_URL, schema: 'telemetry', entities: [] })
  stack.defer(() => source.destroy())
  health.add('telemetry database', async () => void (await source.query('SELECT 1')))
  const topics = stack.use(openTopics({ redisUrl, log }))
  health.add('telemetry topics', async () => void (await topics.head('device.state')))
  const stateEvents = stack.use(shareTopic(topics, 'device.state', { log }))
  const sampleEvents = stack.use(shareTopic(topics, 'samples.stored', { log }))
  const pipeline = {
    icmp: stack.use(openQueue(queues.pollIcmp, { redisUrl, log })),
    snmp: stack.use(openQueue(queues.pollSnmp, { redisUrl, log })),
    batches: stack.use(openQueue(queues.telemetry, { redisUrl, log })),
  }
  const states = openStates(source)
  const reader = openSeriesReader(source, openStore({ source, retention: retentionOf(settings) }))

  const subgraph = createSubgraph({
    name: 'telemetry',
    resolvers: [
      new StateResolver(states),
      new AvailabilityResolver(source),
      new SeriesResolver(reader),
      new InterfaceSeriesResolver(reader),
      new InterfaceStateResolver(source),
      new HealthResolver(source, pipeline),
    ],
    references: {
      Device: deviceOf,
      Interface: interfaceOf,
      DeviceState: (reference, context) =>
        loadState(states, context, (reference as unknown as { device: { id: string } }).device.id),
    },
    subscriptions: {
      deviceStateChanged: openStateStream({ topics, shared: stateEvents, states }),
      samples: openSampleStream(sampleEvents),
    },
    log,
  })
  const owned = stack.move()
  return { subgraph, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
