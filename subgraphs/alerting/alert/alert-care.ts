import * as z from 'zod'

import type { AlertEventKind } from '#core/contract/alerts.js'
import { mustFind, type Reach } from '#core/service/authorize.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import { changed } from '#db/audit/changed.js'
import { recordAudit } from '#db/audit/record.js'
import { appendOutbox } from '#db/outbox.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { Alert } from './alert.js'
import type { EntryKind } from './entry-kind.js'

const text = z.string().trim().min(1).max(2000)
const optionalText = z
  .string()
  .trim()
  .max(2000)
  .nullish()
  .transform((given) => given || null)

interface Deed {
  event: AlertEventKind
  kind: EntryKind
  text: string
}

/** Who does something with an alert, and where they may. */
export interface Carer {
  userId: string
  reach: Reach
}

/** What people do with alerts. Each deed is one transaction with its line in the timeline, its event and its audit. */
export class AlertCare {
  constructor(private readonly source: DataSource) {}

  /** Again by the same person without a new comment changes nothing. @throws SotpError NOT_FOUND, CONFLICT, BAD_USER_INPUT */
  acknowledge(id: string, carer: Carer, given: string | null | undefined): Promise<Alert> {
    const { userId } = carer
    const comment = parseInput(optionalText, given, 'comment')
    return this.#do(id, carer, (alert) => {
      mustFire(alert)
      if (alert.acknowledgedBy === userId && comment === null) return null
      alert.acknowledgedBy = userId
      alert.acknowledgedAt = new Date()
      alert.acknowledgedComment = comment
      return { event: 'ACKNOWLEDGED', kind: 'ACKNOWLEDGED', text: comment ?? 'acknowledged' }
    })
  }

  /** Of one that is not acknowledged changes nothing. @throws SotpError NOT_FOUND, CONFLICT */
  unacknowledge(id: string, carer: Carer): Promise<Alert> {
    return this.#do(id, carer, (alert) => {
      mustFire(alert)
      if (alert.acknowledgedAt === null) return null
      alert.acknowledgedBy = null
      alert.acknowledgedAt = null
      alert.acknowledgedComment = null
      return { event: 'UPDATED', kind: 'UNACKNOWLEDGED', text: 'acknowledgement taken back' }
    })
  }

  /** A resolved alert may be commented on too. @throws SotpError NOT_FOUND, CONFLICT, BAD_USER_INPUT */
  comment(id: string, carer: Carer, given: string): Promise<Alert> {
    const comment = parseInput(text, given, 'comment')
    return this.#do(id, carer, (alert) => {
      mustHaveFired(alert)
      return { event: 'UPDATED', kind: 'COMMENTED', text: comment }
    })
  }

  /** Runs `deed` on the locked alert; null from it means that there is nothing to do. */
  #do(id: string, { userId, reach }: Carer, deed: (alert: Alert) => Deed | null): Promise<Alert> {
    const alertId = parseInput(z.uuid(), id, 'id')
    return this.source.transaction(async (manager) => {
      const alert = await manager.findOne(Alert, {
        where: { id: alertId },
        lock: { mode: 'pessimistic_write' },
      })
      const siteId = alert && (await siteOf(manager, alert.deviceId))
      mustFind(reach, alert && { siteId }, 'There is no such alert.')
      if (!alert) throw new SotpError('NOT_FOUND')
      const before = cared(alert)
      const done = deed(alert)
      const after = { ...cared(alert), ...(done?.kind === 'COMMENTED' && { comment: done.text }) }
      const target = { type: 'Alert', id: alert.id, label: alert.summary }
      await recordAudit(manager, { target, ...changed(before, after) })
      if (!done) return alert
      await manager.save(alert)
      await record(manager, alert, { userId, siteId }, done)
      return alert
    })
  }
}

/** What people change of an alert, as the audit log shows it. */
const cared = ({ acknowledgedBy, acknowledgedComment }: Alert) => ({ acknowledgedBy, acknowledgedComment })

/** Where a device is now; null also where it is not known. */
async function siteOf(manager: EntityManager, deviceId: string): Promise<string | null> {
  const [device] = (await manager.query('SELECT site_id AS "siteId" FROM device WHERE id = $1', [
    deviceId,
  ])) as { siteId: string | null }[]
  return device?.siteId ?? null
}

async function record(
  manager: EntityManager,
  alert: Alert,
  { userId, siteId }: { userId: string; siteId: string | null },
  { event, kind, text: words }: Deed,
): Promise<void> {
  const at = new Date()
  await manager.query(
    'INSERT INTO alert_entry (alert_id, at, kind, text, user_id) VALUES ($1, $2, $3, $4, $5)',
    [alert.id, at, kind, words, userId],
  )
  await appendOutbox(manager, 'alert.changed', [
    {
      v: 1,
      kind: 'alert.changed',
      event,
      at: at.getTime(),
      alertId: alert.id,
      ruleId: alert.ruleId,
      deviceId: alert.deviceId,
      siteId,
      severity: alert.severity,
      state: alert.state,
    },
  ])
}

function mustHaveFired({ state }: Alert): void {
  if (state === 'PENDING') throw new SotpError('CONFLICT', { message: 'This alert does not fire yet.' })
}

function mustFire(alert: Alert): void {
  mustHaveFired(alert)
  if (alert.state === 'RESOLVED')
    throw new SotpError('CONFLICT', { message: 'This alert is resolved already.' })
}
