import { isSeen, type Reach } from '#core/service/authorize.js'
import { SotpError } from '#core/service/errors.js'
import type { EntityManager } from '#db/source.js'

const refuse = (message: string): never => {
  throw new SotpError('BAD_USER_INPUT', { message: `input.parentIds: ${message}`, field: 'input.parentIds' })
}

/**
 * Whether these may be the parents of a device: they exist, the caller may see them, and none of them is reached through
 * the device itself. @throws SotpError BAD_USER_INPUT naming what is wrong
 */
export async function checkParents(
  manager: EntityManager,
  deviceId: string,
  parentIds: readonly string[],
  reach: Reach,
): Promise<void> {
  if (parentIds.includes(deviceId)) refuse('a device cannot be its own parent')
  const rows: { id: string; siteId: string | null }[] = await manager.query(
    'SELECT id, site_id AS "siteId" FROM device WHERE id = ANY($1::uuid[]) AND deleted_at IS NULL',
    [parentIds],
  )
  const known = new Set(rows.filter(({ siteId }) => isSeen(reach, siteId)).map(({ id }) => id))
  for (const id of parentIds) if (!known.has(id)) refuse(`no such device ${id}`)
  // UNION ends the walk where it has been before, so that a circle elsewhere cannot hold it.
  const [above] = (await manager.query(
    `WITH RECURSIVE above (id) AS (
       SELECT unnest($1::uuid[])
       UNION SELECT unnest(coalesce(d.manual_parent_ids, d.computed_parent_ids)) FROM above a JOIN device d ON d.id = a.id
     )
     SELECT d.manual_parent_ids IS NOT NULL AS manual FROM above a JOIN device d ON d.id = a.id
     WHERE $2::uuid = ANY(d.manual_parent_ids) LIMIT 1`,
    [parentIds, deviceId],
  )) as { manual: boolean }[]
  if (above) refuse('one of them is itself reached through this device; that would be a circle')
}
