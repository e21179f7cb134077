import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'

import type { ConnectionTestJob, DiscoveryJob } from '#core/contract/discovery.js'
import { queues } from '#core/contract/queues.js'
import { openResolver } from '#core/service/collector-address.js'
import { type Credentials, openCredentials } from '#core/service/collector-credentials.js'
import { integer } from '#core/service/config.js'
import { openCredentialUse } from '#core/service/credential-use.js'
import { type DiscoveryControl, openDiscoveryControl } from '#core/service/discovery-control.js'
import type { Log } from '#core/service/log.js'
import { count } from '#core/service/metrics.js'
import { openQueue } from '#core/service/queue.js'
import { openRedis } from '#core/service/redis.js'
import { openReplies, type Replies } from '#core/service/replies.js'
import type { RoomOptions, RunningRoom } from '#core/service/room.js'
import { openSecretBox, openSecretShelf } from '#core/service/secrets.js'
import { openSecrets } from '#core/service/secrets-vault.js'

import { icmp } from '../icmp/index.js'
import { snmp } from '../snmp/index.js'
import { Inquirer } from '../snmp/inquiry.js'
import { loadProfiles } from '../snmp/profiles.js'
import { openAccess } from './access.js'
import { testConnection } from './connection-test.js'
import { Reporter } from './reporter.js'
import { runDiscovery } from './run.js'

const config = z.object({
  SOTP_COLLECTORS_ICMP_FPING: icmp.config.shape.SOTP_COLLECTORS_ICMP_FPING,
  SOTP_COLLECTORS_SNMP_PROFILES: snmp.config.shape.SOTP_COLLECTORS_SNMP_PROFILES,
  /** Discovery runs that one process works on at a time; more wait. */
  SOTP_COLLECTORS_DISCOVERY_RUNS: integer({ min: 1, max: 20, byDefault: 2 }),
  /** Hosts of one run that are asked by SNMP at the same time. */
  SOTP_COLLECTORS_DISCOVERY_CONCURRENCY: integer({ min: 1, max: 500, byDefault: 32 }),
})

/** Finds devices, and tries out how one can be reached: jobs of people, beside the polling. */
export const discovery = { config, start }

/** Connection tests that run at a time. */
const testsMax = 10
const lookMs = 1000

interface Parts {
  settings: z.infer<typeof config>
  log: Log
  credentials: Credentials
  inquirer: Inquirer
  control: DiscoveryControl
  replies: Replies
  reports: ConstructorParameters<typeof Reporter>[1]
  /** The process stops. */
  signal: AbortSignal
}

async function start({
  config: settings,
  log: roomLog,
  health,
}: RoomOptions<z.infer<typeof config>>): Promise<RunningRoom> {
  const log = roomLog.child({ collector: 'discovery' })
  await using stack = new AsyncDisposableStack()
  const redis = stack.adopt(openRedis(settings.SOTP_REDIS_URL, log), (open) => open.disconnect())
  const open = { redisUrl: settings.SOTP_REDIS_URL, log }
  const box = openSecretBox(settings.SOTP_SECRETS_KEY, settings.SOTP_SECRETS_KEYS_OLD)
  const secrets = openSecrets(settings, openSecretShelf(redis, box), { log, stack })
  const use = stack.use(openCredentialUse({ ...open, kind: 'discovery' }))
  const stop = new AbortController()
  const parts: Parts = {
    settings,
    log,
    credentials: openCredentials(secrets, {
      keepMs: settings.SOTP_SECRETS_CACHE_SECONDS * 1000,
      opened: (ref) => use.opened(ref),
    }),
    inquirer: stack.use(new Inquirer(loadProfiles(settings.SOTP_COLLECTORS_SNMP_PROFILES))),
    control: openDiscoveryControl(redis),
    replies: openReplies(redis),
    reports: stack.use(openQueue(queues.discoveryReports, open)),
    signal: stop.signal,
  }
  const runs = openQueue(queues.discovery, open)
  const tests = openQueue(queues.connectionTests, open)
  stack.defer(async () => {
    stop.abort(new Error('the collector stops'))
    await Promise.all([runs[Symbol.asyncDispose](), tests[Symbol.asyncDispose]()])
  })
  runs.process(settings.SOTP_COLLECTORS_DISCOVERY_RUNS, (job) => work(parts, job))
  tests.process(testsMax, (job) => answer(parts, job))
  health.add('discovery', async () => {
    await redis.ping()
  })
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/**
 * Works on one run and tells how it ends. Where the process stops midway it throws: the queue gives the run to the next
 * worker.
 */
async function work(parts: Parts, job: DiscoveryJob): Promise<void> {
  const { settings, log, credentials, inquirer, control, reports, signal: stop } = parts
  const { runId } = job
  using reporter = new Reporter(runId, reports, log)
  if (await control.isCancelled(runId)) return reporter.end('CANCELLED')
  const cancel = new AbortController()
  const signal = AbortSignal.any([stop, cancel.signal])
  const watching = watch(control, runId, cancel)
  try {
    await runDiscovery(job, {
      access: await openAccess(credentials, job.credentials),
      inquirer,
      fping: settings.SOTP_COLLECTORS_ICMP_FPING,
      concurrency: settings.SOTP_COLLECTORS_DISCOVERY_CONCURRENCY,
      signal,
      progress: reporter,
      onFault(address, error) {
        count('sotp_collector_faults_total', { collector: 'discovery' })
        log.error({ err: error, runId, address }, 'a host could not be probed by a fault of the collector')
      },
    })
    await reporter.end('SUCCEEDED')
    count('sotp_discovery_runs_total', { state: 'SUCCEEDED' })
  } catch (error) {
    stop.throwIfAborted()
    const state = cancel.signal.aborted ? 'CANCELLED' : 'FAILED'
    if (state === 'FAILED') log.error({ err: error, runId }, 'discovery run failed')
    count('sotp_discovery_runs_total', { state })
    await reporter.end(state, state === 'FAILED' ? wordsOf(error) : null)
  } finally {
    cancel.abort()
    await watching
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Aborts when nobody wants the run any more; ends when it is aborted. */
async function watch(control: DiscoveryControl, runId: string, cancel: AbortController): Promise<void> {
  while (!cancel.signal.aborted) {
    await sleep(lookMs, undefined, { signal: cancel.signal }).catch(() => {})
    if (!cancel.signal.aborted && (await control.isCancelled(runId).catch(() => false))) cancel.abort()
  }
}

async function answer(parts: Parts, job: ConnectionTestJob): Promise<void> {
  if (Date.now() > job.deadline) {
    count('sotp_collector_skipped_total', { collector: 'discovery', reason: 'stale' })
    return
  }
  const { settings, credentials, inquirer, replies, signal } = parts
  const found = await testConnection(job, {
    addresses: openResolver(),
    credentials,
    inquirer,
    fping: settings.SOTP_COLLECTORS_ICMP_FPING,
    signal,
  })
  await replies.send(job.id, found)
}
