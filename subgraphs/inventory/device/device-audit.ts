import { changed } from '#db/audit/changed.js'
import { recordAudit } from '#db/audit/record.js'
import type { EntityManager } from '#db/source.js'

import type { Device } from './device.js'

type DeviceSeen = Readonly<Record<string, unknown>>

/** What people decide of a device, as the audit log shows it: sites and credentials by their names. */
export async function deviceSeen(manager: EntityManager, id: string): Promise<DeviceSeen> {
  const [row] = (await manager.query(
    `SELECT d.name, d.address, s.name AS site, d.kind,
       CASE WHEN d.deleted_at IS NULL THEN d.status ELSE 'DELETED' END AS status, d.tags, d.monitoring,
       ARRAY(SELECT c.name FROM device_credential l JOIN credential c ON c.id = l.credential_id
             WHERE l.device_id = d.id ORDER BY l.position) AS credentials,
       CASE WHEN d.manual_parent_ids IS NOT NULL THEN
         ARRAY(SELECT p.name FROM device p WHERE p.id = ANY(d.manual_parent_ids) ORDER BY lower(p.name)) END AS parents
     FROM device d LEFT JOIN site s ON s.id = d.site_id WHERE d.id = $1`,
    [id],
  )) as [DeviceSeen]
  return row
}

/** Writes down in the audit log what has become of a device; `before`: what was seen of it, null for a new one. */
export async function recordDevice(
  manager: EntityManager,
  { id, name }: Pick<Device, 'id' | 'name'>,
  before: DeviceSeen | null,
): Promise<void> {
  const after = await deviceSeen(manager, id)
  const isDeleted = after['status'] === 'DELETED' && before?.['status'] !== 'DELETED'
  const target = { type: 'Device', id, label: name }
  await recordAudit(manager, { target, ...changed(before, isDeleted ? null : after) })
}
