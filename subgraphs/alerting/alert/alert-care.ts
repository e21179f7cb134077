import * as z from 'zod'

import type { AlertEventKind } from '#core/contract/alerts.js'
import { parseInput, SotpError } from '#core/service/errors.js'
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

/** What people do with alerts. Each deed is one transaction with its line in the timeline and its event. */
export class AlertCare {
  constructor(private readonly source: DataSource) {}

  /** Again by the same person without a new comment changes nothing. @throws SotpError NOT_FOUND, CONFLICT, BAD_USER_INPUT */
  acknowledge(id: string, userId: string, given: string | null | undefined): Promise<Alert> {
    const comment = parseInput(optionalText, given, 'comment')
    return this.#do(id, userId, (alert) => {
      mustFire(alert)
      if (alert.acknowledgedBy === userId && comment === null) return null
      alert.acknowledgedBy = userId
      alert.acknowledgedAt = new Date()
      alert.acknowledgedComment = comment
      return { event: 'ACKNOWLEDGED', kind: 'ACKNOWLEDGED', text: comment ?? 'acknowledged' }
    })
  }

  /** Of one that is not acknowledged changes nothing. @throws SotpError NOT_FOUND, CONFLICT */
  unacknowledge(id: string, userId: string): Promise<Alert> {
    return this.#do(id, userId, (alert) => {
      mustFire(alert)
      if (alert.acknowledgedAt === null) return null
      alert.acknowledgedBy = null
      alert.acknowledgedAt = null
      alert.acknowledgedComment = null
      return { event: 'UPDATED', kind: 'UNACKNOWLEDGED', text: 'acknowledgement taken back' }
    })
  }

  /** A resolved alert may be commented on too. @throws SotpError NOT_FOUND, CONFLICT, BAD_USER_INPUT */
  comment(id: string, userId: string, given: string): Promise<Alert> {
    const comment = parseInput(text, given, 'comment')
    return this.#do(id, userId, (alert) => {
      mustHaveFired(alert)
      return { event: 'UPDATED', kind: 'COMMENTED', text: comment }
    })
  }

  /** Runs `deed` on the locked alert; null from it means that there is nothing to do. */
  #do(id: string, userId: string, deed: (alert: Alert) => Deed | null): Promise<Alert> {
    const alertId = parseInput(z.uuid(), id, 'id')
    return this.source.transaction(async (manager) => {
      const alert = await manager.findOne(Alert, {
        where: { id: alertId },
        lock: { mode: 'pessimistic_write' },
      })
      if (!alert) throw new SotpError('NOT_FOUND', { message: 'There is no such alert.' })
      const done = deed(alert)
      if (!done) return alert
      await manager.save(alert)
      await record(manager, alert, userId, done)
      return alert
    })
  }
}

async function record(
  manager: EntityManager,
  alert: Alert,
  userId: string,
  { event, kind, text: words }: Deed,
): Promise<void> {
  const at = new Date()
  await manager.query(
    'INSERT INTO alert_entry (alert_id, at, kind, text, user_id) VALUES ($1, $2, $3, $4, $5)',
    [alert.id, at, kind, words, userId],
  )
  const [device] = (await manager.query('SELECT site_id AS "siteId" FROM device WHERE id = $1', [
    alert.deviceId,
  ])) as { siteId: string | null }[]
  await appendOutbox(manager, 'alert.changed', [
    {
      v: 1,
      kind: 'alert.changed',
      event,
      at: at.getTime(),
      alertId: alert.id,
      ruleId: alert.ruleId,
      deviceId: alert.deviceId,
      siteId: device?.siteId ?? null,
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
