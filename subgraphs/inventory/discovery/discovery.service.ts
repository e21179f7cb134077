import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import type { AuditTarget } from '#core/contract/audit.js'
import type { DiscoveryJob } from '#core/contract/discovery.js'
import { mustFind, mustReach } from '#core/service/authorize.js'
import type { DiscoveryControl } from '#core/service/discovery-control.js'
import { SotpError } from '#core/service/errors.js'
import type { Log } from '#core/service/log.js'
import type { Queue } from '#core/service/queue.js'
import { recordAudit } from '#db/audit/record.js'
import { appendOutbox } from '#db/outbox.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { checkSite, credentialKinds, type DeviceReach } from '../device/device.service.js'
import { isUuid } from '../sql.js'
import type { DiscoveryInput } from './discovery.input.js'
import { parseDiscovery } from './discovery.schema.js'
import { addRun } from './discovery-job.js'
import { DiscoveryRun, isOver } from './discovery-run.js'

/** Runs that wait or run at the same time. */
const activeMax = 20
/** What is passed on after the commit may wait for Redis this long; the worker makes up for it later. */
const passOnMs = 2000

export interface DiscoveryParts {
  source: DataSource
  runs: Queue<DiscoveryJob>
  control: DiscoveryControl
  log: Log
}

/** Begins runs and calls them off. */
export class DiscoveryService {
  constructor(private readonly parts: DiscoveryParts) {}

  /** @throws SotpError FORBIDDEN, BAD_USER_INPUT, or CONFLICT while too many runs wait. */
  async start(input: DiscoveryInput, reach: DeviceReach): Promise<DiscoveryRun> {
    const { source, runs } = this.parts
    const draft = parseDiscovery(input)
    mustReach(reach, draft.siteId)
    const run = await source.transaction(async (manager) => {
      await checkSite(manager, draft.siteId)
      await credentialKinds(manager, draft.credentialIds, reach)
      await checkActive(manager)
      const id = randomUUID()
      await manager.insert(DiscoveryRun, {
        ...draft,
        id,
        state: 'QUEUED',
        probed: 0,
        error: null,
        startedAt: new Date(),
        reportedAt: null,
        finishedAt: null,
      })
      const made = await manager.findOneByOrFail(DiscoveryRun, { id })
      await recordAudit(manager, { target: targetOf(made), after: await shown(manager, made) })
      return made
    })
    await this.#passOn(addRun(source, runs, run))
    return run
  }

  /** Ends a run; whom it has found stays. One that is over stays as it is. @throws SotpError NOT_FOUND, FORBIDDEN */
  async cancel(id: string, reach: DeviceReach): Promise<DiscoveryRun> {
    const { source, control } = this.parts
    const run = await source.transaction(async (manager) => {
      const known = mustFind(reach, await lockRun(manager, id), 'No such discovery run.')
      const ends = !isOver(known.state)
      if (ends) {
        await manager.update(DiscoveryRun, { id: known.id }, { state: 'CANCELLED', finishedAt: new Date() })
        await tellProgress(manager, known.id, 'CANCELLED')
      }
      const change = ends
        ? { before: { state: known.state }, after: { state: 'CANCELLED' } }
        : { before: {}, after: {} }
      await recordAudit(manager, { target: targetOf(known), ...change })
      return manager.findOneByOrFail(DiscoveryRun, { id: known.id })
    })
    await this.#passOn(control.cancel(run.id))
    return run
  }

  async #passOn(work: Promise<void>): Promise<void> {
    const settled = work.catch((error: unknown) =>
      this.parts.log.warn({ err: error }, 'what changed of a discovery run could not be passed on'),
    )
    await Promise.race([settled, sleep(passOnMs, undefined, { ref: false })])
  }
}

/** Tells whoever watches a run, in the transaction of the change. */
export async function tellProgress(
  manager: EntityManager,
  runId: string,
  state: DiscoveryRun['state'],
): Promise<void> {
  await appendOutbox(manager, 'discovery.progress', [{ v: 1, kind: 'discovery.progress', runId, state }])
}

/** Undefined: there is none. */
export const lockRun = async (manager: EntityManager, id: string): Promise<DiscoveryRun | null> =>
  isUuid(id) ? manager.findOne(DiscoveryRun, { where: { id }, lock: { mode: 'pessimistic_write' } }) : null

export const targetOf = ({ id, targets }: DiscoveryRun): AuditTarget => ({
  type: 'DiscoveryRun',
  id,
  label: targets.join(', ').slice(0, 400),
})

async function checkActive(manager: EntityManager): Promise<void> {
  const [{ n }] = await manager.query(
    `SELECT count(*)::int AS n FROM discovery_run WHERE state IN ('QUEUED', 'RUNNING')`,
  )
  if (n >= activeMax) {
    throw new SotpError('CONFLICT', { message: `${n} runs wait already; let one end, or cancel one.` })
  }
}

/** What the audit log may hold of it: credentials and site by their names. */
async function shown(manager: EntityManager, run: DiscoveryRun): Promise<Record<string, unknown>> {
  const { targets, exclude, within, includeKnown, options, total } = run
  const [names] = await manager.query(
    `SELECT (SELECT name FROM site WHERE id = $1) AS site,
       ARRAY(SELECT c.name FROM unnest($2::uuid[]) WITH ORDINALITY AS wanted (id, position)
             JOIN credential c USING (id) ORDER BY wanted.position) AS credentials`,
    [run.siteId, run.credentialIds],
  )
  return { targets, exclude, within, includeKnown, options, total, ...names }
}
