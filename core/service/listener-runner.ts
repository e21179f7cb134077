import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import type * as z from 'zod'

import { queues } from '../contract/queues.js'
import { openResolver } from './collector-address.js'
import { openCredentials } from './collector-credentials.js'
import { collectorSettings } from './collector-settings.js'
import type { ChassisConfig } from './config.js'
import { openCredentialList } from './credential-list.js'
import { openCredentialUse } from './credential-use.js'
import type { CredentialSet, Listener, ListenerContext } from './listener.js'
import type { Log } from './log.js'
import { count } from './metrics.js'
import { openPlan } from './plan.js'
import { openQueue } from './queue.js'
import { openRedis } from './redis.js'
import type { RoomOptions, RunningRoom } from './room.js'
import { openSecretBox, openSecretShelf } from './secrets.js'
import { openSecrets } from './secrets-vault.js'
import { openOutlet } from './spool/outlet.js'

/**
 * Runs one listener until disposed: what it hears goes on its queue, in order, by way of a spool. What it asks to be polled
 * at once goes directly: later it would be no use.
 */
export async function runListener<Schema extends z.ZodType, Batch extends z.ZodType>(
  listener: Listener<Schema, Batch>,
  { config, log: roomLog, health }: RoomOptions<z.infer<Schema>>,
): Promise<RunningRoom> {
  const { kind, queue } = listener
  const log = roomLog.child({ collector: kind })
  await using stack = new AsyncDisposableStack()
  const redis = stack.adopt(openRedis(config.SOTP_REDIS_URL, log), (open) => open.disconnect())
  const open = { redisUrl: config.SOTP_REDIS_URL, log }
  const { SOTP_COLLECTORS_SPOOL_DIR: root, SOTP_COLLECTORS_SPOOL_MB: maxMb } = collectorSettings.parse(config)
  const outlet = stack.use(
    await openOutlet({ ...open, root, maxMb, name: kind, queues: [queue], ordered: true }),
  )
  const polls = {
    icmp: stack.use(openQueue(queues.pollIcmp, open)),
    snmp: stack.use(openQueue(queues.pollSnmp, open)),
  }
  const context: ListenerContext<z.infer<Schema>> = {
    config,
    log,
    credentials: openCredentialSet({ config, kind, log, stack, redis }),
    addresses: openResolver(),
    plan: openPlan(redis),
    async poll(collector, deviceId) {
      const slotAt = Date.now()
      const asked = {
        v: 1,
        kind: 'poll',
        collector,
        slotAt,
        intervalSeconds: null,
        shard: null,
      } as const
      const jobId = `${collector}/${kind}/${deviceId}@${slotAt}`
      await polls[collector].add({ ...asked, deviceIds: [deviceId] }, { jobId })
    },
    installation: createHash('sha256').update(`${config.SOTP_INTERNAL_KEY}/${hostname()}`).digest('hex'),
  }
  const running = await listener.start({ emit: (batch, about) => outlet.add(queue, batch, about) }, context)
  if (running) {
    stack.use(running)
    health.add(`${kind} listener`, () => running.check())
  }
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function openCredentialSet({
  config,
  kind,
  log,
  stack,
  redis,
}: {
  config: ChassisConfig
  kind: string
  log: Log
  stack: AsyncDisposableStack
  redis: ReturnType<typeof openRedis>
}): CredentialSet {
  const box = openSecretBox(config.SOTP_SECRETS_KEY, config.SOTP_SECRETS_KEYS_OLD)
  const secrets = openSecrets(config, openSecretShelf(redis, box), { log, stack })
  const use = stack.use(openCredentialUse({ redisUrl: config.SOTP_REDIS_URL, kind, log }))
  const list = openCredentialList(redis)
  return {
    revision: list.revision,
    async open() {
      // What is kept is kept for this one turn only.
      const credentials = openCredentials(secrets, { keepMs: 60_000, opened: (ref) => use.opened(ref) })
      const opened = await Promise.all(
        (await list.refs()).map(async (ref) => {
          try {
            const found = await credentials.first([ref], 'SNMP_COMMUNITY')
            return found ?? (await credentials.first([ref], 'SNMP_V3'))
          } catch (error) {
            count('sotp_collector_credentials_unreadable_total', { collector: kind })
            log.warn(
              { err: error, credential: ref },
              'a credential cannot be opened, so nobody with it is heard',
            )
            return undefined
          }
        }),
      )
      return opened.filter((one) => one !== undefined)
    },
  }
}
