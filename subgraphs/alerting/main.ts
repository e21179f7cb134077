import * as z from 'zod'

import type { RoomOptions, RunningSubgraph } from '#core/service/room.js'
import { shareTopic } from '#core/service/shared-topic.js'
import { createSubgraph, describeSubgraph, type ReferenceResolver } from '#core/service/subgraph.js'
import { openTopics } from '#core/service/topics.js'
import { writeAudit } from '#db/audit/record.js'
import { startOutboxRelay } from '#db/outbox.js'
import { openSight, type Sight } from '#db/sight.js'
import { openSource } from '#db/source.js'

import { Alert } from './alert/alert.js'
import { AlertConnectionResolver, AlertResolver, alertLoader } from './alert/alert.resolver.js'
import { AlertService } from './alert/alert.service.js'
import { AlertCare } from './alert/alert-care.js'
import { AlertLive } from './alert/alert-live.js'
import { DeviceReferenceResolver, InterfaceReferenceResolver } from './alert/reference.resolver.js'
import { AlertRule } from './rule/rule.js'
import { RuleResolver, seenRuleLoader } from './rule/rule.resolver.js'
import { RuleService } from './rule/rule.service.js'

/** It has no settings of its own. */
export const config = z.object({})

/** Whether it exists is for inventory to say, but what the caller may not see is none for them. */
const itself =
  (isSeen: Sight['device']): ReferenceResolver =>
  async ({ id }, context) =>
    (await isSeen(context, id)) ? { id } : null

/** SDL of this subgraph, from the code alone. */
export const sdl = (): string =>
  describeSubgraph([
    AlertResolver,
    AlertConnectionResolver,
    RuleResolver,
    DeviceReferenceResolver,
    InterfaceReferenceResolver,
  ])

/** Starts the alerting subgraph: rules, alerts and their live events. Alerts are opened and closed by `evaluate.ts`. */
export async function start({
  config: { SOTP_DATABASE_URL: databaseUrl, SOTP_REDIS_URL: redisUrl },
  log,
  health,
}: RoomOptions): Promise<RunningSubgraph> {
  await using stack = new AsyncDisposableStack()
  const source = await openSource({ url: databaseUrl, schema: 'alerting', entities: [AlertRule, Alert] })
  stack.defer(() => source.destroy())
  const topics = stack.use(openTopics({ redisUrl, log }))
  stack.use(startOutboxRelay({ databaseUrl, schema: 'alerting', topics, log }))
  const shared = stack.use(shareTopic(topics, 'alert.changed', { log }))
  health.add('alerting.database', async () => void (await source.query('SELECT 1')))

  const sight = openSight({
    source,
    permission: 'alert.read',
    interfaceTable: 'interface_name',
    sensorTable: 'sensor_name',
  })
  const rules = new RuleService(source)
  const alerts = new AlertService(source)
  const live = new AlertLive(topics, shared, alerts)
  const subgraph = createSubgraph({
    name: 'alerting',
    audit: (events) => writeAudit(source, events),
    resolvers: [
      new AlertResolver(alerts, new AlertCare(source), rules),
      new AlertConnectionResolver(alerts),
      new RuleResolver(rules, sight),
      new DeviceReferenceResolver(alerts),
      new InterfaceReferenceResolver(alerts),
    ],
    references: {
      Alert: ({ id }, context) => alertLoader(alerts, context)(id),
      AlertRule: ({ id }, context) => seenRuleLoader(rules, context)(id),
      Device: itself(sight.device),
      Interface: itself(sight.interface),
    },
    subscriptions: { alertChanged: live.open.bind(live) },
    log,
  })
  const owned = stack.move()
  return { subgraph, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
