import type * as z from 'zod'

import { queues } from '#core/contract/queues.js'
import { openPlan } from '#core/service/plan.js'
import { openQueue } from '#core/service/queue.js'
import { openRedis } from '#core/service/redis.js'
import type { RoomOptions, RunningSubgraph } from '#core/service/room.js'
import { shareTopic } from '#core/service/shared-topic.js'
import { createSubgraph, describeSubgraph, type ReferenceResolver } from '#core/service/subgraph.js'
import { openTopics } from '#core/service/topics.js'
import { writeAudit } from '#db/audit/record.js'
import { openSight, type Sight } from '#db/sight.js'
import { openSource } from '#db/source.js'
import { openStore } from '#db/store/store.js'

import { Device, Interface, Sensor } from './device.js'
import { PipelineFiguresResolver } from './health/figures.resolver.js'
import { HealthResolver } from './health/health.resolver.js'
import { InterfaceStateResolver } from './interface/interface-state.js'
import { openSampleStream } from './sample/sample-stream.js'
import {
  InterfaceSeriesResolver,
  SensorSeriesResolver,
  SeriesReading,
  SeriesResolver,
} from './sample/series.resolver.js'
import { openSeriesReader } from './sample/series.service.js'
import { SensorStateResolver } from './sensor/sensor-state.js'
import { retentionConfig, retentionOf } from './settings.js'
import { AvailabilityResolver } from './state/availability.resolver.js'
import { loadState, StateResolver } from './state/state.resolver.js'
import { openStateStream } from './state/state-stream.js'
import { openStates } from './state/states.js'
import { DeviceTrapResolver, TrapResolver } from './trap/trap.resolver.js'
import { openTrapStream } from './trap/trap-stream.js'
import { Traps } from './trap/traps.js'

export const config = retentionConfig

/** The subgraph's SDL, from the code alone. */
export const sdl = (): string =>
  describeSubgraph([
    StateResolver,
    AvailabilityResolver,
    SeriesResolver,
    InterfaceSeriesResolver,
    InterfaceStateResolver,
    SensorSeriesResolver,
    SensorStateResolver,
    HealthResolver,
    PipelineFiguresResolver,
    TrapResolver,
    DeviceTrapResolver,
  ])

/** Whether it exists is for inventory to say, but what the caller may not see is none for them. */
const deviceOf =
  (sight: Sight): ReferenceResolver =>
  async ({ id }, context) =>
    (await sight.device(context, id)) ? Device.of(id) : null
const interfaceOf =
  (sight: Sight): ReferenceResolver =>
  async ({ id }, context) =>
    (await sight.interface(context, id)) ? Interface.of(id) : null
const sensorOf =
  (sight: Sight): ReferenceResolver =>
  async ({ id }, context) =>
    (await sight.sensor(context, id)) ? Sensor.of(id) : null

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
  const trapEvents = stack.use(shareTopic(topics, 'trap.received', { log }))
  const pipeline = {
    icmp: stack.use(openQueue(queues.pollIcmp, { redisUrl, log })),
    snmp: stack.use(openQueue(queues.pollSnmp, { redisUrl, log })),
    batches: stack.use(openQueue(queues.telemetry, { redisUrl, log })),
    plan: openPlan(stack.adopt(openRedis(redisUrl, log), (client) => client.disconnect())),
    traps: stack.use(openQueue(queues.traps, { redisUrl, log })),
  }
  const states = openStates(source)
  const sight = openSight({
    source,
    permission: 'telemetry.read',
    interfaceTable: 'interface_state',
    sensorTable: 'sensor_state',
  })
  const traps = new Traps(source)
  const store = openStore({ source, retention: retentionOf(settings) })
  const reading = new SeriesReading(openSeriesReader(source, store), sight)

  const subgraph = createSubgraph({
    name: 'telemetry',
    audit: (events) => writeAudit(source, events),
    resolvers: [
      new StateResolver({ states, sight }),
      new AvailabilityResolver(source, sight),
      new SeriesResolver(reading),
      new InterfaceSeriesResolver(reading),
      new InterfaceStateResolver(source, sight),
      new SensorSeriesResolver(reading),
      new SensorStateResolver(source, sight),
      new HealthResolver(source, pipeline),
      new PipelineFiguresResolver({ source, store, queues: pipeline }),
      new TrapResolver(traps),
      new DeviceTrapResolver(traps, sight),
    ],
    references: {
      Device: deviceOf(sight),
      Interface: interfaceOf(sight),
      Sensor: sensorOf(sight),
      DeviceState: (reference, context) =>
        loadState({ states, sight }, context, (reference as unknown as { device: { id: string } }).device.id),
    },
    subscriptions: {
      deviceStateChanged: openStateStream({ topics, shared: stateEvents, states }),
      samples: openSampleStream(sampleEvents, sight),
      trapReceived: openTrapStream({ topics, shared: trapEvents, sight }),
    },
    log,
  })
  const owned = stack.move()
  return { subgraph, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
