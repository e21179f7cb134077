import type * as z from 'zod'

import type { PollJob } from '../contract/polling.js'
import { queues } from '../contract/queues.js'
import type { Collector } from './collector.js'
import { openResolver } from './collector-address.js'
import { Alone } from './collector-alone.js'
import { openCredentials } from './collector-credentials.js'
import { openFlights } from './collector-flights.js'
import { type JobParts, missJob, pollJob, resultQueues } from './collector-job.js'
import { collectorSettings } from './collector-settings.js'
import { openCredentialUse } from './credential-use.js'
import { openDerivedSecrets } from './derived-secrets.js'
import { openKnownPorts } from './known-ports.js'
import { count, observeSeconds } from './metrics.js'
import { openPlan, type Plan } from './plan.js'
import { openQueue } from './queue.js'
import { openRedis } from './redis.js'
import type { RoomOptions, RunningRoom } from './room.js'
import { openSecretBox, openSecretShelf } from './secrets.js'
import { openSecrets } from './secrets-vault.js'
import { openOutlet } from './spool/outlet.js'

const pollQueues = { icmp: queues.pollIcmp, snmp: queues.pollSnmp } as const

/** An immediate poll (re-check, poll-now) that waited longer than this is no use to anybody. */
const adhocStaleMs = 60_000
/** When the process stops, running polls get this long to end by themselves. */
const graceMs = 2000

/**
 * Runs one collector: takes its poll jobs, reads their targets from the plan, probes them and puts what they said on
 * `telemetry.batches`, `inventory.facts` and `inventory.neighbors`, by way of a spool. It needs Redis and secrets only;
 * while Redis or the planner is away it goes on with what it polled last. Disposing it takes no more jobs, gives running
 * ones 2 s, then aborts them.
 */
export async function runCollector<Schema extends z.ZodType>(
  collector: Collector<Schema>,
  { config, log: roomLog, health }: RoomOptions<z.infer<Schema>>,
): Promise<RunningRoom> {
  const { kind } = collector
  const log = roomLog.child({ collector: kind })
  const settings = collectorSettings.parse(config)
  const aloneMs = settings.SOTP_COLLECTORS_ALONE_HOURS * 3_600_000
  await using stack = new AsyncDisposableStack()
  const redis = stack.adopt(openRedis(config.SOTP_REDIS_URL, log), (open) => open.disconnect())
  const open = { redisUrl: config.SOTP_REDIS_URL, log }
  const box = openSecretBox(config.SOTP_SECRETS_KEY, config.SOTP_SECRETS_KEYS_OLD)
  const shelf = openSecretShelf(redis, box)
  const secrets = collector.credentials ? openSecrets(config, shelf, { log, stack }) : shelf
  const use = collector.credentials ? stack.use(openCredentialUse({ ...open, kind })) : undefined
  const keepMs = config.SOTP_SECRETS_CACHE_SECONDS * 1000
  const credentials = openCredentials(secrets, {
    keepMs,
    lastResortMs: Math.max(keepMs, aloneMs),
    opened: (ref) => use?.opened(ref),
  })
  const poller = stack.use(
    await collector.open({
      config,
      log,
      secrets: credentials,
      derived: openDerivedSecrets(redis, box, log),
      addresses: openResolver(),
      knownPorts: openKnownPorts(redis),
    }),
  )
  const spool = { ...open, root: settings.SOTP_COLLECTORS_SPOOL_DIR }
  const mb = settings.SOTP_COLLECTORS_SPOOL_MB
  const outlets = {
    telemetry: stack.use(
      await openOutlet({ ...spool, name: kind, maxMb: 0.75 * mb, queues: resultQueues.telemetry }),
    ),
    inventory: stack.use(
      await openOutlet({
        ...spool,
        name: `${kind}-inventory`,
        maxMb: 0.25 * mb,
        queues: resultQueues.inventory,
      }),
    ),
  }
  const stop = new AbortController()
  const plan = openPlan(redis)
  const flights = stack.use(openFlights(redis, kind, log))
  const parts: JobParts = { kind, log, poller, flights, outlets, signal: stop.signal }
  const alone = stack.use(
    new Alone({
      kind,
      plannedAgo: () => plan.toldAgo(),
      poll: (job, targets, redisAway) => pollJob(parts, job, targets, redisAway),
      forMs: aloneMs,
      log,
    }),
  )
  const jobs = stack.adopt(openQueue(pollQueues[kind], open), async (queue) => {
    const timer = setTimeout(() => stop.abort(), graceMs)
    await queue[Symbol.asyncDispose]()
    clearTimeout(timer)
    stop.abort()
  })
  health.add(`${kind} collector`, async () => {
    await redis.ping()
    await poller.check?.()
  })
  if (collector.credentials) health.add(`${kind} credentials`, secrets.check)
  jobs.process(collector.jobs, (job) => runJob(parts, { plan, alone }, job))
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** Whether the poll a job asks for has been overtaken by the next one: a backlog is skipped, never worked off. */
export const isStale = ({ slotAt, intervalSeconds }: PollJob, now: number): boolean =>
  now - slotAt > (intervalSeconds === null ? adhocStaleMs : intervalSeconds * 1000)

async function runJob(
  parts: JobParts,
  { plan, alone }: { plan: Plan; alone: Alone },
  job: PollJob,
): Promise<void> {
  const { kind } = parts
  const delayMs = Math.max(0, Date.now() - job.slotAt)
  observeSeconds('sotp_collector_slot_delay_seconds', delayMs / 1000, { collector: kind })
  const targets =
    job.shard === null ? await plan.devices(kind, job.deviceIds ?? []) : await plan.shard(kind, job.shard)
  if (isStale(job, Date.now())) {
    count('sotp_collector_skipped_total', { collector: kind, reason: 'stale' })
    if (job.shard !== null) await missJob(parts, job, targets)
    return
  }
  if (alone.hasPolled(job)) {
    count('sotp_collector_skipped_total', { collector: kind, reason: 'polled_alone' })
    return
  }
  alone.served(job, targets)
  await pollJob(parts, job, targets)
}
