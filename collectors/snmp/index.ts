import * as z from 'zod'

import type { PollTarget } from '#core/contract/polling.js'
import {
  type Collector,
  type CollectorContext,
  failedOutcome,
  type Poller,
  type ProbeResult,
  SampleRows,
} from '#core/service/collector.js'
import { integer } from '#core/service/config.js'
import { count } from '#core/service/metrics.js'

import { newWatched, type PollParts, pollDevice, type Watched } from './poll.js'
import { ProfileError, told } from './profile-files.js'
import { loadProfiles } from './profiles.js'
import { Sessions } from './sessions.js'

function checkProfiles(folder: string | undefined, context: z.RefinementCtx): void {
  if (folder === undefined) return
  try {
    loadProfiles(folder)
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error
    for (const fault of error.faults) context.addIssue({ code: 'custom', message: told(fault) })
  }
}

const config = z.object({
  /** Devices of one shard that are asked at the same time. */
  SOTP_COLLECTORS_SNMP_CONCURRENCY: integer({ min: 1, max: 1000, byDefault: 50 }),
  /** Folder of device profiles that add to those of this installation, or take their place by name. */
  SOTP_COLLECTORS_SNMP_PROFILES: z.string().optional().superRefine(checkProfiles),
})

/** What is remembered of a device that is no longer polled is forgotten after this long. */
const forgetMs = 2 * 3_600_000

/** SNMP v1, v2c and v3: interfaces, processor, memory, uptime, and what the device says of itself. */
export const snmp: Collector<typeof config> = { kind: 'snmp', config, credentials: true, jobs: 4, open }

async function open(context: CollectorContext<z.infer<typeof config>>): Promise<Poller> {
  // A broken profile must be known at the start, not at the first device of its vendor.
  const profiles = loadProfiles(context.config.SOTP_COLLECTORS_SNMP_PROFILES)
  const sessions = new Sessions(context.derived)
  const watched = new Map<string, Watched>()
  const timer = setInterval(() => {
    const before = Date.now() - forgetMs
    for (const [deviceId, { usedAt }] of watched) if (usedAt < before) watched.delete(deviceId)
  }, forgetMs / 10)
  timer.unref()

  function watch({ deviceId, snmp: settings }: PollTarget): Watched | undefined {
    const found = watched.get(deviceId) ?? (settings ? newWatched(settings) : undefined)
    if (found) watched.set(deviceId, found)
    return found
  }

  return {
    async *probe(targets, signal, hints) {
      const hangUp = () => sessions.hangUp()
      signal.addEventListener('abort', hangUp)
      try {
        yield* inParallel(targets, context.config.SOTP_COLLECTORS_SNMP_CONCURRENCY, (target) =>
          pollOne(
            { context, sessions, profiles, signal, essentialOnly: hints?.essentialOnly ?? false },
            watch(target),
            target,
          ),
        )
      } finally {
        signal.removeEventListener('abort', hangUp)
      }
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await sessions[Symbol.asyncDispose]()
    },
  }
}

/** One device's poll; undefined when the process stops. A fault of ours costs this device only. */
async function pollOne(
  parts: PollParts & { context: CollectorContext },
  watched: Watched | undefined,
  target: PollTarget,
): Promise<ProbeResult | undefined> {
  const { context, signal } = parts
  if (signal.aborted) return undefined
  try {
    if (!watched) throw new Error('the plan has no SNMP settings for this device')
    return await pollDevice(parts, watched, target)
  } catch (error) {
    if (signal.aborted) return undefined
    count('sotp_collector_faults_total', { collector: 'snmp' })
    context.log.error({ err: error, deviceId: target.deviceId }, 'poll failed by a fault of the collector')
    const detail = error instanceof Error ? error.message : String(error)
    const outcome = failedOutcome(target.deviceId, 'INTERNAL', { detail, durationMs: 0 })
    return { outcome, samples: new SampleRows() }
  }
}

/** Runs `work`, which never rejects, for each item, at most `limit` at a time, and yields what comes as it comes. */
async function* inParallel<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result | undefined>,
): AsyncGenerator<Result> {
  const rest = items.values()
  const done: Result[] = []
  let running = 0
  let wake = () => {}
  // Each lane takes the next item when it is through with its last.
  const lane = async () => {
    for (const item of rest) {
      const result = await work(item)
      if (result !== undefined) done.push(result)
      wake()
    }
    running--
    wake()
  }
  const lanes = Array.from({ length: Math.min(limit, items.length) }, () => {
    running++
    return lane()
  })
  while (running > 0 || done.length > 0) {
    const result = done.shift()
    if (result !== undefined) yield result
    else {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  await Promise.all(lanes)
}
