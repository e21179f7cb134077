import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type * as z from 'zod'

import type { QueueDefinition } from '#core/contract/queues.js'
import type { Log } from '../log.js'
import { gauge } from '../metrics.js'
import { openQueue, type Queue } from '../queue.js'
import { openRedis } from '../redis.js'
import { traceparentOf } from '../trace.js'
import { adoptFolders, claimFolder } from './folder.js'
import { inherit } from './position.js'
import { writeJob } from './record.js'
import { Sender } from './sender.js'
import { Spool } from './spool.js'

/** A way to queues that never waits for Redis: a job is on the disk at once and in its queue as soon as that can be. */
export interface Outlet extends AsyncDisposable {
  /**
   * Resolves when the job would survive this process. `weight` says how many samples it holds, or whatever is counted, for
   * the tally. `safe`: resolves only when the disk has it for good or, where spools go with the process or the disk takes
   * nothing, when its queue has it.
   * @throws ZodError when the payload does not fit the queue's schema; Error for a job that was given up before it was safe.
   */
  add<Schema extends z.ZodType>(
    queue: QueueDefinition<Schema>,
    payload: z.infer<Schema>,
    about: { jobId: string; weight?: number; safe?: boolean },
  ): Promise<void>
  /** Jobs that are not in their queue yet. */
  readonly waiting: number
}

export interface OutletOptions {
  redisUrl: string
  /** Where spools lie; what a process before left there is taken over. None: in a folder that goes with the process. */
  root?: string | undefined
  maxMb: number
  /** Whose results these are; only who has the same name takes over what was left. */
  name: string
  queues: readonly QueueDefinition[]
  /** Whether what is new waits for whatever is older, however much that is. */
  ordered?: boolean
  log: Log
}

const adoptMs = 10_000
/** So many jobs that were left behind are sent before anything new is, where order is not asked for. */
const aheadMax = 2000
/** When the process stops, what is on its way gets this long; the rest waits on the disk. */
const graceMs = 1500

/** Opens an outlet. @throws Error when the folder cannot be made. */
export async function openOutlet(options: OutletOptions): Promise<Outlet> {
  const { redisUrl, name, ordered = false, log } = options
  await using stack = new AsyncDisposableStack()
  const redis = stack.adopt(openRedis(redisUrl, log), (client) => client.disconnect())
  const queues = new Map<string, Queue<unknown>>(
    options.queues.map((queue) => [queue.name, stack.use(openQueue(queue, { redisUrl, log }))]),
  )
  const root = options.root
    ? path.join(options.root, name)
    : await mkdtemp(path.join(tmpdir(), 'sotp-spool-'))
  if (!options.root) stack.defer(() => rm(root, { recursive: true, force: true }))
  const maxBytes = options.maxMb * 1024 * 1024
  const open = (folder: string) => Spool.open({ folder, maxBytes, passing: !options.root, name, log })

  const left = new Map<string, { spool: Spool; sender: Sender }>()
  const unsentIn = (some: Iterable<{ spool: Spool }>) =>
    [...some].reduce((sum, { spool: { unsent } }) => sum + unsent, 0)
  /** What was left is older, so it goes first; unless it is so much that what is new would be late. */
  function sendFrom(spool: Spool, older: () => Iterable<{ spool: Spool }>): Sender {
    const behind = () => {
      const unsent = unsentIn(older())
      return unsent > 0 && (ordered || unsent < aheadMax)
    }
    return new Sender({ spool, queues, redis, name, behind, ordered, log })
  }
  async function adopt(): Promise<void> {
    for (const folder of await adoptFolders(root)) {
      const spool = await open(folder)
      log.info({ jobs: spool.unsent }, 'took over what another process left in its spool')
      const older = [...left.values()]
      left.set(folder, { spool, sender: sendFrom(spool, () => older) })
    }
  }
  async function finish(): Promise<void> {
    for (const [folder, { spool: one, sender }] of left) {
      if (!one.empty) continue
      left.delete(folder)
      await sender[Symbol.asyncDispose]()
      await one[Symbol.asyncDispose]()
      inherit(spool.position, one.position)
      await spool.keep()
      await rm(folder, { recursive: true, force: true })
    }
  }

  await adopt()
  const folder = await claimFolder(root)
  const spool = await open(folder)
  const sender = sendFrom(spool, () => left.values())
  const waiting = () => unsentIn([{ spool }, ...left.values()])
  const timer = setInterval(() => {
    gauge('sotp_spool_waiting_jobs', waiting(), { spool: name })
    gauge('sotp_spool_bytes', spool.bytes, { spool: name })
    finish()
      .then(adopt)
      .catch((error: unknown) => log.warn({ err: error }, 'spools that were left could not be taken over'))
  }, adoptMs)
  timer.unref()
  const owned = stack.move()

  return {
    get waiting() {
      return waiting()
    },
    // A payload that does not fit must reject, not throw: it may be added by a timer.
    async add(queue, payload, { jobId, weight = 0, safe = false }) {
      const traceparent = traceparentOf()
      const job = { queue: queue.name, jobId, payload: queue.schema.parse(payload) }
      await spool.append(
        writeJob({ ...job, ...(traceparent !== undefined && { traceparent }) }),
        weight,
        safe,
      )
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await sender.idle(AbortSignal.timeout(graceMs))
      for (const one of [{ spool, sender }, ...left.values()]) {
        await one.sender[Symbol.asyncDispose]()
        await one.spool[Symbol.asyncDispose]()
      }
      await owned.disposeAsync()
    },
  }
}
