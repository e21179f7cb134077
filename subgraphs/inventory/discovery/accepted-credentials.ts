import { permissions } from '#core/contract/permissions.js'
import { SotpError } from '#core/service/errors.js'
import type { EntityManager } from '#db/source.js'

import type { DeviceReach } from '../device/device.service.js'
import type { HostRow } from './discovered-host.js'

const credentialOf = ({ found }: HostRow): string | null => found.snmp?.credentialId ?? null

/**
 * Whoever may not see credentials cannot use them either, and a device that is made of a host uses what the host
 * answered to. Credentials that were deleted since are used by nobody, so they keep nobody out.
 * @throws SotpError FORBIDDEN naming the first such host
 */
export async function mayUseCredentials(
  manager: EntityManager,
  hosts: readonly HostRow[],
  reach: DeviceReach,
): Promise<void> {
  if (reach.credentials) return
  const used = hosts.map(credentialOf).filter((id) => id !== null)
  if (used.length === 0) return
  const rows: { id: string }[] = await manager.query('SELECT id FROM credential WHERE id = ANY($1::uuid[])', [
    used,
  ])
  const there = new Set(rows.map(({ id }) => id))
  const at = hosts.findIndex((host) => there.has(credentialOf(host) ?? ''))
  if (at < 0) return
  const field = `addresses.${at}`
  throw new SotpError('FORBIDDEN', {
    message: `${field}: ${hosts[at]?.found.address} answered to a credential, which its device would use; for that you need the permission "credential.read" everywhere: ${permissions['credential.read']}`,
    field,
    permission: 'credential.read',
  })
}

/** Gives each of the devices what its host answered to; one that was deleted meanwhile cannot be linked. */
export async function linkCredentials(
  manager: EntityManager,
  deviceIds: readonly string[],
  hosts: readonly HostRow[],
): Promise<void> {
  await manager.query(
    `INSERT INTO device_credential (device_id, credential_id, position)
     SELECT r.device, c.id, 0 FROM unnest($1::uuid[], $2::uuid[]) AS r (device, credential)
     JOIN credential c ON c.id = r.credential`,
    [deviceIds, hosts.map(credentialOf)],
  )
}
