import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'

import { isSeen, mustFind, mustReach, type Reach } from '#core/service/authorize.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { isUuid, uniqueViolation } from '../sql.js'
import { addressKey } from './address.js'
import type { CreateDeviceInput, UpdateDeviceInput } from './device.input.js'
import { Device } from './device.js'
import { createSchema, initialMonitoring, mergeMonitoring, updateSchema } from './device.schema.js'
import { deviceSeen, recordDevice } from './device-audit.js'
import { appendDeviceChanged } from './device-events.js'
import { checkParents } from './device-parents.js'
import { readDevice } from './device-reader.js'

/** Where the caller may change devices, and whether they may see which credentials there are. */
export interface DeviceReach extends Reach {
  credentials: boolean
}

/**
 * Changes devices. Every change, its event and its line in the audit log are one transaction; what changes nothing
 * leaves only that line.
 */
export class DeviceService {
  constructor(private readonly source: DataSource) {}

  /** @throws SotpError FORBIDDEN, BAD_USER_INPUT, ADDRESS_CONFLICT or NAME_CONFLICT. */
  create(input: CreateDeviceInput, reach: DeviceReach): Promise<Device> {
    const draft = parseInput(createSchema, input)
    mustReach(reach, draft.siteId)
    return this.#act({ ...draft, input: true }, reach, async (manager) => {
      await checkSite(manager, draft.siteId)
      const kinds = await credentialKinds(manager, draft.credentialIds, reach)
      const now = new Date()
      const device = manager.create(Device, {
        id: randomUUID(),
        name: draft.name,
        address: draft.address,
        addressKey: addressKey(draft.address),
        siteId: draft.siteId,
        kind: draft.kind,
        storedStatus: 'ACTIVE',
        tags: draft.tags,
        monitoring: mergeMonitoring(
          initialMonitoring(kinds, input.monitoring),
          input.monitoring,
          'input.monitoring',
        ),
        createdAt: now,
        updatedAt: now,
      })
      await manager.insert(Device, device)
      await link(manager, device.id, draft.credentialIds)
      await appendDeviceChanged(manager, 'CREATED', [device.id])
      await recordDevice(manager, device, null)
      return readDevice(manager, device.id)
    })
  }

  /** @throws SotpError NOT_FOUND, CONFLICT when it is deleted, and those of `create`. */
  update(input: UpdateDeviceInput, reach: DeviceReach): Promise<Device> {
    const { credentialIds, status, parentIds, ...draft } = parseInput(updateSchema, input)
    return this.#act({ ...draft, input: true }, reach, async (manager) => {
      const device = await lock(manager, input.id, reach)
      if (device.deletedAt) {
        throw new SotpError('CONFLICT', { message: `Device "${device.name}" is deleted; restore it first.` })
      }
      if (parentIds) await checkParents(manager, device.id, parentIds, reach)
      const moves = draft.siteId !== undefined && draft.siteId !== device.siteId
      if (moves) mustReach(reach, draft.siteId ?? null)
      if (draft.siteId) await checkSite(manager, draft.siteId)
      const wanted = {
        ...draft,
        ...(draft.address !== undefined && { addressKey: addressKey(draft.address) }),
        ...(status !== undefined && { storedStatus: status }),
        ...(parentIds !== undefined && { manualParentIds: parentIds }),
        monitoring: mergeMonitoring(device.monitoring, input.monitoring, 'input.monitoring'),
      }
      const changes = Object.fromEntries(
        Object.entries(wanted).filter(
          ([key, value]) => value !== undefined && !isDeepStrictEqual(value, device[key as keyof Device]),
        ),
      )
      const before = await deviceSeen(manager, device.id)
      const relinked = credentialIds !== undefined && (await relink(manager, device.id, credentialIds, reach))
      if (relinked || Object.keys(changes).length > 0) {
        await manager.update(Device, { id: device.id }, { ...changes, updatedAt: new Date() })
        const moved = new Map(moves ? [[device.id, device.siteId]] : [])
        await appendDeviceChanged(manager, 'UPDATED', [device.id], { moved })
      }
      await recordDevice(manager, device, before)
      return readDevice(manager, device.id)
    })
  }

  /** Deletes softly: its name and address are free again. Again: nothing. @throws SotpError NOT_FOUND */
  remove(id: string, reach: Reach): Promise<Device> {
    return this.source.transaction(async (manager) => {
      // With its key: who writes what refers to it waits, and then finds it gone.
      const device = await lock(manager, id, reach, 'pessimistic_write')
      const before = await deviceSeen(manager, device.id)
      if (!device.deletedAt) {
        const now = new Date()
        await manager.update(Device, { id: device.id }, { deletedAt: now, updatedAt: now })
        await appendDeviceChanged(manager, 'DELETED', [device.id])
      }
      await recordDevice(manager, device, before)
      return readDevice(manager, device.id)
    })
  }

  /** Takes a deletion back, with the status from before. @throws SotpError NOT_FOUND, ADDRESS_CONFLICT, NAME_CONFLICT */
  async restore(id: string, reach: Reach): Promise<Device> {
    const [found] = isUuid(id) ? await this.source.manager.findBy(Device, { id }) : []
    const known = mustFind(reach, found, 'No such device.')
    return this.#act({ name: known.name, address: known.address }, reach, async (manager) => {
      const device = await lock(manager, id, reach)
      const before = await deviceSeen(manager, device.id)
      if (device.deletedAt) {
        await manager.update(Device, { id: device.id }, { deletedAt: null, updatedAt: new Date() })
        await appendDeviceChanged(manager, 'CREATED', [device.id])
      }
      await recordDevice(manager, device, before)
      return readDevice(manager, device.id)
    })
  }

  /** One transaction; a name or address that is taken is told with who has it. */
  async #act(
    wanted: { name?: string | undefined; address?: string | undefined; input?: true },
    reach: Reach,
    act: (manager: EntityManager) => Promise<Device>,
  ): Promise<Device> {
    try {
      return await this.source.transaction(act)
    } catch (error) {
      const index = uniqueViolation(error)
      const field = (name: string) => (wanted.input ? { field: `input.${name}` } : {})
      if (index === 'device_live_address') {
        const message = wanted.address
          ? `${await this.#holder(wanted.address, reach)} already has the address ${wanted.address}.`
          : 'Another device already has this address.'
        throw new SotpError('ADDRESS_CONFLICT', {
          message,
          ...field('address'),
        })
      }
      if (index === 'device_live_name') {
        throw new SotpError('NAME_CONFLICT', {
          message: `There is already a device named "${wanted.name}".`,
          ...field('name'),
        })
      }
      throw error
    }
  }

  async #holder(address: string, reach: Reach): Promise<string> {
    const [device] = (await this.source.query(
      'SELECT name, site_id AS "siteId" FROM device WHERE address_key = $1 AND deleted_at IS NULL ORDER BY lower(name) LIMIT 1',
      [addressKey(address)],
    )) as { name: string; siteId: string | null }[]
    return device && isSeen(reach, device.siteId) ? `Device "${device.name}"` : 'Another device'
  }
}

async function lock(
  manager: EntityManager,
  id: string,
  reach: Reach,
  mode: 'for_no_key_update' | 'pessimistic_write' = 'for_no_key_update',
): Promise<Device> {
  const device = isUuid(id) ? await manager.findOne(Device, { where: { id }, lock: { mode } }) : null
  return mustFind(reach, device, 'No such device.')
}

/** @throws SotpError BAD_USER_INPUT where there is no such site. */
export async function checkSite(manager: EntityManager, siteId: string | null): Promise<void> {
  if (siteId === null) return
  const found = await manager.query('SELECT 1 FROM site WHERE id = $1 FOR KEY SHARE', [siteId])
  if (found.length === 0) {
    throw new SotpError('BAD_USER_INPUT', { message: 'input.siteId: no such site', field: 'input.siteId' })
  }
}

/**
 * Kinds of these credentials, in order. Whoever may not see credentials cannot use them either: a device would show
 * their secrets to whatever address it is given. @throws SotpError BAD_USER_INPUT naming the first that does not exist.
 */
export async function credentialKinds(
  manager: EntityManager,
  ids: readonly string[],
  reach: DeviceReach,
): Promise<string[]> {
  if (ids.length === 0) return []
  const rows: { id: string; kind: string }[] = await manager.query(
    'SELECT id, kind FROM credential WHERE id = ANY($1::uuid[]) FOR KEY SHARE',
    [reach.credentials ? ids : []],
  )
  const kinds = new Map(rows.map(({ id, kind }) => [id, kind]))
  return ids.map((id, index) => {
    const kind = kinds.get(id)
    if (kind !== undefined) return kind
    const field = `input.credentialIds.${index}`
    throw new SotpError('BAD_USER_INPUT', { message: `${field}: no such credential`, field })
  })
}

async function link(
  manager: EntityManager,
  deviceId: string,
  credentialIds: readonly string[],
): Promise<void> {
  if (credentialIds.length === 0) return
  await manager.query(
    `INSERT INTO device_credential (device_id, credential_id, position)
     SELECT $1, id, position FROM unnest($2::uuid[]) WITH ORDINALITY AS wanted (id, position)`,
    [deviceId, credentialIds],
  )
}

/** Whether the links of a device had to be changed. */
async function relink(
  manager: EntityManager,
  deviceId: string,
  wanted: readonly string[],
  reach: DeviceReach,
): Promise<boolean> {
  const rows: { id: string }[] = await manager.query(
    'SELECT credential_id AS id FROM device_credential WHERE device_id = $1 ORDER BY position',
    [deviceId],
  )
  if (
    isDeepStrictEqual(
      wanted,
      rows.map(({ id }) => id),
    )
  )
    return false
  await credentialKinds(manager, wanted, reach)
  await manager.query('DELETE FROM device_credential WHERE device_id = $1', [deviceId])
  await link(manager, deviceId, wanted)
  return true
}
