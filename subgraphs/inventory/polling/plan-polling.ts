import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'

import type { Check } from '#core/service/health.js'
import type { KnownPorts } from '#core/service/known-ports.js'
import type { Topics } from '#core/service/topics.js'
import { lead } from '#db/lead.js'
import { follow } from '#db/projection.js'

import type { CredentialSecrets } from '../credential/credential-secrets.js'
import { tellAll } from '../device/resync.js'
import { restoreKnownPorts } from '../interface/known-ports.js'
import { followDowntimes } from './follow-downtimes.js'
import { Planner, type PlannerParts } from './planner.js'

const tickMs = 250
const debounceMs = 200
const retryMs = 1000
const stuckMs = 10_000
const handoverMs = 5000
const tellMs = 2000
const lookMs = 5000

export interface PlanPollingOptions extends PlannerParts {
  databaseUrl: string
  redis: Redis
  topics: Topics
  secrets: CredentialSecrets
  knownPorts: KnownPorts
  /** Everything is read and published again after this time, whatever was told. */
  reloadSeconds: number
}

/** Plans polling, in one process at a time: the plan follows the devices, and each slot gets its job at its time. */
export function planPolling(options: PlanPollingOptions): AsyncDisposable & { check: Check } {
  const { source, topics, secrets, knownPorts, reloadSeconds, databaseUrl, log } = options
  let turnedAt = 0

  async function work(signal: AbortSignal): Promise<void> {
    const planner = new Planner(options)
    // The place in the topic is taken before the devices are read: a change in between is read twice, never missed.
    const after = await topics.head('device.changed')
    const changed = new Set<string>()
    await using _resync = follow({
      source,
      topics,
      topic: 'device.resync',
      name: 'planner',
      apply: () => tellAll(source, log),
      lost: () => tellAll(source, log),
      log,
    })
    const back = new Set<string>()
    await Promise.all([
      listen(after, changed, signal),
      followDowntimes({ ...options, back: (id) => back.add(id) }, signal),
      turn(planner, { changed, back }, signal),
    ])
  }

  async function listen(after: string, changed: Set<string>, signal: AbortSignal): Promise<void> {
    let place = after
    while (!signal.aborted) {
      try {
        for await (const { cursor, event } of topics.subscribe('device.changed', { after: place, signal })) {
          changed.add(event.device.id)
          place = cursor
        }
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error }, 'device changes could not be read, will retry')
        await sleep(retryMs, undefined, { signal }).catch(() => {})
      }
    }
  }

  /** One loop does everything in turn, so that the plan and its jobs never contradict each other. */
  async function turn(
    planner: Planner,
    { changed, back }: { changed: Set<string>; back: Set<string> },
    signal: AbortSignal,
  ): Promise<void> {
    // A few seconds back: slots that fell between two planners get their job, and those that have one no second.
    let [loadedAt, slotsUpTo] = [0, Date.now() - handoverMs]
    let [toldAt, lookedAt] = [0, Date.now()]
    while (!signal.aborted) {
      turnedAt = Date.now()
      try {
        if (turnedAt - loadedAt >= reloadSeconds * 1000) {
          changed.clear()
          await planner.load()
          await secrets.settle(source)
          await restoreKnownPorts(source, knownPorts)
          loadedAt = turnedAt
        }
        if (changed.size > 0) {
          const ids = [...changed]
          await planner.refresh(ids)
          for (const id of ids) changed.delete(id)
        }
        if (back.size > 0) {
          const ids = [...back]
          await planner.pollAgain(ids)
          for (const id of ids) back.delete(id)
        }
        const now = Date.now()
        await planner.addDue(Math.min(slotsUpTo, now), now)
        slotsUpTo = now
        if (now - toldAt >= tellMs) {
          await planner.tell()
          toldAt = now
        }
        if (now - lookedAt >= lookMs) {
          lookedAt = now
          // Redis lost its data: the plan and the secrets are published again.
          if (!(await planner.isPublished())) loadedAt = 0
        }
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error }, 'polling could not be planned, will retry')
        await sleep(retryMs, undefined, { signal }).catch(() => {})
      }
      await sleep(changed.size > 0 ? debounceMs : tickMs, undefined, { signal }).catch(() => {})
    }
    turnedAt = 0
  }

  const leading = lead({ databaseUrl, name: 'sotp_inventory_planner', work, log })
  return {
    /** Fails without database, and while this process leads but its loop does not turn; one that stands by is well. */
    check: async () => {
      await source.query('SELECT 1')
      if (turnedAt > 0 && Date.now() - turnedAt > stuckMs) {
        throw new Error(`polling was last planned ${Math.round((Date.now() - turnedAt) / 1000)} s ago`)
      }
    },
    [Symbol.asyncDispose]: () => leading[Symbol.asyncDispose](),
  }
}
