import * as z from 'zod'

import { queues } from '#core/contract/queues.js'
import { integer } from '#core/service/config.js'
import { openDiscoveryControl } from '#core/service/discovery-control.js'
import { openKnownPorts } from '#core/service/known-ports.js'
import { openPlan } from '#core/service/plan.js'
import { openQueue } from '#core/service/queue.js'
import { openRedis } from '#core/service/redis.js'
import type { RoomOptions, RunningRoom } from '#core/service/room.js'
import { openTopics } from '#core/service/topics.js'
import { openSource } from '#db/source.js'

import { CredentialSecrets } from './credential/credential-secrets.js'
import { storeFacts } from './device/device-facts.js'
import { keepForgetting } from './device/forget-gone.js'
import { storeReport } from './discovery/store-report.js'
import { watchRuns } from './discovery/watch-runs.js'
import { entities } from './graph.js'
import { Downtimes, readSteps } from './polling/downtime.js'
import { planPolling } from './polling/plan-polling.js'
import { followTopology } from './topology/follow-topology.js'
import { storeNeighbors } from './topology/neighbor-report.js'

const steps = (byDefault: string) =>
  z
    .string()
    .default(byDefault)
    .transform((text, context) => {
      try {
        return readSteps(text)
      } catch (error) {
        context.addIssue((error as Error).message)
        return z.NEVER
      }
    })

export const config = z.object({
  /** The polling plan is made anew after so many seconds, whatever changes were told meanwhile. */
  SOTP_INVENTORY_REPLAN_SECONDS: integer({ min: 1, max: 3600, byDefault: 60 }),
  /** How many devices' facts, and how many devices' neighbours, are stored at a time. */
  SOTP_INVENTORY_FACTS_CONCURRENCY: integer({ min: 1, max: 50, byDefault: 4 }),
  /** A discovery run of which its collector tells nothing for so long has failed. */
  SOTP_INVENTORY_DISCOVERY_SILENCE_SECONDS: integer({ min: 1, max: 3600, byDefault: 60 }),
  /** How often a device that is down is pinged: seconds since it fell = seconds between polls, in their order. */
  SOTP_INVENTORY_DOWNTIME_ICMP: steps('300=60,3600=300'),
  /** The same for SNMP. Once it answers pings or traps again it is polled at once. */
  SOTP_INVENTORY_DOWNTIME_SNMP: steps('300=300,43200=600'),
})

/** Plans polling and keeps what devices say of themselves and their neighbours. Many may run: one plans, all store. */
export async function start(options: RoomOptions<z.infer<typeof config>>): Promise<RunningRoom> {
  const { log, health } = options
  const {
    SOTP_DATABASE_URL: databaseUrl,
    SOTP_REDIS_URL: redisUrl,
    SOTP_INVENTORY_REPLAN_SECONDS: reloadSeconds,
    SOTP_INVENTORY_FACTS_CONCURRENCY: factsConcurrency,
    SOTP_INVENTORY_DISCOVERY_SILENCE_SECONDS: silenceSeconds,
  } = options.config
  await using stack = new AsyncDisposableStack()
  const source = await openSource({
    url: databaseUrl,
    schema: 'inventory',
    entities,
    poolMax: 2 * factsConcurrency + 5,
  })
  stack.defer(() => source.destroy())
  const redis = openRedis(redisUrl, log)
  stack.defer(() => redis.disconnect())
  const topics = stack.use(openTopics({ redisUrl, log }))
  const facts = stack.use(openQueue(queues.facts, { redisUrl, log }))
  facts.process(factsConcurrency, (found) => storeFacts(source, found))
  const neighbors = stack.use(openQueue(queues.neighbors, { redisUrl, log }))
  neighbors.process(factsConcurrency, (report) => storeNeighbors(source, report))
  stack.use(followTopology({ source, databaseUrl, log }))
  stack.use(keepForgetting({ source, databaseUrl, log }))
  const reports = stack.use(openQueue(queues.discoveryReports, { redisUrl, log }))
  reports.process(1, (report) => storeReport(source, report))
  stack.use(
    watchRuns({
      source,
      runs: stack.use(openQueue(queues.discovery, { redisUrl, log })),
      control: openDiscoveryControl(redis),
      log,
      silenceSeconds,
    }),
  )
  const planning = stack.use(
    planPolling({
      source,
      databaseUrl,
      topics,
      redis,
      plan: openPlan(redis),
      telemetry: stack.use(openQueue(queues.telemetry, { redisUrl, log })),
      downtimes: new Downtimes(),
      downtimeSteps: {
        icmp: options.config.SOTP_INVENTORY_DOWNTIME_ICMP,
        snmp: options.config.SOTP_INVENTORY_DOWNTIME_SNMP,
      },
      knownPorts: openKnownPorts(redis),
      secrets: new CredentialSecrets({ config: options.config, redis, log, stack }),
      queues: {
        icmp: stack.use(openQueue(queues.pollIcmp, { redisUrl, log })),
        snmp: stack.use(openQueue(queues.pollSnmp, { redisUrl, log })),
      },
      reloadSeconds,
      log,
    }),
  )
  health.add('inventory planner', planning.check)
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
