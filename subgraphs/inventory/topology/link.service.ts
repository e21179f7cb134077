import { isSeen, mustFind, mustReach, type Reach } from '#core/service/authorize.js'
import { SotpError } from '#core/service/errors.js'
import { recordAudit } from '#db/audit/record.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { isUuid } from '../sql.js'
import { markDue } from './due.js'
import type { CreateLinkInput } from './link.input.js'
import type { Link } from './link.js'
import { linksById } from './link-reader.js'
import { appendTopologyChanged, insertLink } from './link-store.js'
import { type End, toldLink } from './pairing.js'

/** Links that somebody draws by hand, and their end. */
export class LinkService {
  constructor(private readonly source: DataSource) {}

  /** @throws SotpError BAD_USER_INPUT naming the end that is not there, CONFLICT when the link is known, FORBIDDEN. */
  create(input: CreateLinkInput, reach: Reach): Promise<Link> {
    if (input.fromDeviceId.toLowerCase() === input.toDeviceId.toLowerCase()) {
      throw refused('input.toDeviceId', 'a link leads to another device')
    }
    return this.source.transaction(async (manager) => {
      const from = await this.#end(manager, input.fromDeviceId, input.fromInterfaceId, { reach, at: 'from' })
      const to = await this.#end(manager, input.toDeviceId, input.toInterfaceId, { reach, at: 'to' })
      const link = toldLink({
        ends: [from.end, to.end],
        ...{ evidence: ['MANUAL'], confidence: 1, shared: false, toldBy: [] },
      })
      if (!(await insertLink(manager, link))) {
        throw new SotpError('CONFLICT', { message: 'This link is known already.' })
      }
      const target = { type: 'Link', id: link.id, label: `${from.label} — ${to.label}` }
      await recordAudit(manager, { target, before: null, after: { from: from.label, to: to.label } })
      return this.#changed(manager, link.id, [from.end.deviceId, to.end.deviceId])
    })
  }

  /**
   * Removes a link that was drawn by hand, or one that no device tells any more. @throws SotpError NOT_FOUND, FORBIDDEN,
   * CONFLICT while a device tells it: it would be back at once.
   */
  remove(id: string, reach: Reach): Promise<Link> {
    return this.source.transaction(async (manager) => {
      const rows: Stored[] = isUuid(id) ? await manager.query(storedLink, [id]) : []
      const [near, far] = rows
      const known = mustFind(reach, near && { ...near, siteId: near.siteId }, 'No such link.')
      if (far) mustFind(reach, { ...far, siteId: far.siteId }, 'No such link.')
      if (known.told) {
        throw new SotpError('CONFLICT', { message: 'A device tells of this link; it would be back at once.' })
      }
      const link = (await linksById(manager, [known.id])).get(known.id)
      if (!link) throw new SotpError('NOT_FOUND', { message: 'No such link.' })
      await manager.query('DELETE FROM link WHERE id = $1', [known.id])
      const labels = rows.map(({ label }) => label)
      const target = { type: 'Link', id: known.id, label: labels.join(' — ') }
      const before = { from: labels[0] ?? null, to: labels[1] ?? null }
      await recordAudit(manager, { target, before, after: null })
      const deviceIds = rows.map(({ deviceId }) => deviceId)
      await appendTopologyChanged(manager, {
        created: [],
        updated: [],
        deleted: [{ id: known.id, deviceIds }],
      })
      await markDue(manager, deviceIds)
      return link
    })
  }

  async #changed(manager: EntityManager, id: string, deviceIds: readonly string[]): Promise<Link> {
    await appendTopologyChanged(manager, { created: [id], updated: [], deleted: [] })
    await markDue(manager, deviceIds)
    return (await linksById(manager, [id])).get(id) as Link
  }

  async #end(
    manager: EntityManager,
    deviceId: string,
    interfaceId: string | null | undefined,
    { reach, at }: { reach: Reach; at: 'from' | 'to' },
  ): Promise<{ end: End; label: string }> {
    const [device] = (
      isUuid(deviceId)
        ? await manager.query(
            'SELECT id, name, site_id AS "siteId" FROM device WHERE id = $1 AND deleted_at IS NULL FOR KEY SHARE',
            [deviceId],
          )
        : []
    ) as { id: string; name: string; siteId: string | null }[]
    const field = `input.${at}DeviceId`
    if (!device || !isSeen(reach, device.siteId)) throw refused(field, 'no such device')
    mustReach(reach, device.siteId)
    if (!interfaceId)
      return { end: { deviceId: device.id, interfaceId: null, port: null }, label: device.name }
    const [port] = (
      isUuid(interfaceId)
        ? await manager.query('SELECT id, name FROM interface WHERE id = $1 AND device_id = $2', [
            interfaceId,
            device.id,
          ])
        : []
    ) as { id: string; name: string }[]
    if (!port) throw refused(`input.${at}InterfaceId`, 'the device has no such port')
    const end = { deviceId: device.id, interfaceId: port.id, port: port.name }
    return { end, label: `${device.name} ${port.name}` }
  }
}

const refused = (field: string, message: string): SotpError =>
  new SotpError('BAD_USER_INPUT', { message: `${field}: ${message}`, field })

interface Stored {
  id: string
  told: boolean
  deviceId: string
  siteId: string | null
  label: string
}

/** A link by its ends that are watched. */
const storedLink = `
  SELECT l.id, l.told_by <> '{}' AND NOT 'MANUAL' = ANY(l.evidence) AS told, d.id AS "deviceId", d.site_id AS "siteId",
    concat_ws(' ', d.name, CASE d.id WHEN l.device_id THEN l.port ELSE l.far_port END) AS label
  FROM link l JOIN device d ON d.id IN (l.device_id, l.far_device_id)
  WHERE l.id = $1 ORDER BY d.id <> l.device_id FOR UPDATE OF l`
