import { randomUUID } from 'node:crypto'
import * as z from 'zod'

import type { AuditTarget } from '#core/contract/audit.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import { changed } from '#db/audit/changed.js'
import { recordAudit } from '#db/audit/record.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { nameOf } from '../device/device.schema.js'
import { appendDeviceChanged } from '../device/device-events.js'
import { isUuid, uniqueViolation } from '../sql.js'
import { Site, type SiteInput } from './site.js'

const place = nameOf(100).nullish()
const siteSchema = z.object({
  name: nameOf(100),
  city: place,
  country: place,
  latitude: z.number().min(-90).max(90).nullish(),
  longitude: z.number().min(-180).max(180).nullish(),
  timezone: z.string().refine(isTimezone, 'must be an IANA time zone, as Europe/Berlin').nullish(),
})

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** Changes sites. */
export class SiteService {
  constructor(private readonly source: DataSource) {}

  /** @throws SotpError BAD_USER_INPUT or NAME_CONFLICT. */
  create(input: SiteInput): Promise<Site> {
    const draft = parseInput(siteSchema, input)
    return this.#act(draft.name, async (manager) => {
      const id = randomUUID()
      const { name, city = null, country = null, latitude = null, longitude = null, timezone = null } = draft
      await manager.insert(Site, { id, name, city, country, latitude, longitude, timezone })
      const site = await manager.findOneByOrFail(Site, { id })
      await recordAudit(manager, { target: targetOf(site), after: site })
      return site
    })
  }

  /** A new name is told to everybody who knows the site's devices. @throws SotpError NOT_FOUND and those of `create`. */
  update(id: string, input: SiteInput): Promise<Site> {
    const draft = parseInput(siteSchema, input)
    return this.#act(draft.name, async (manager) => {
      const site = await lock(manager, id)
      const changes = Object.fromEntries(
        Object.entries(draft).filter(
          ([key, value]) => value !== undefined && value !== site[key as keyof Site],
        ),
      )
      await recordAudit(manager, { target: targetOf(site), ...changed(site, { ...site, ...changes }) })
      if (Object.keys(changes).length === 0) return site
      await manager.update(Site, { id: site.id }, changes)
      if ('name' in changes) {
        const devices: { id: string }[] = await manager.query(
          'SELECT id FROM device WHERE site_id = $1 AND deleted_at IS NULL',
          [site.id],
        )
        await appendDeviceChanged(
          manager,
          'UPDATED',
          devices.map((device) => device.id),
        )
      }
      return manager.findOneByOrFail(Site, { id: site.id })
    })
  }

  /** @throws SotpError NOT_FOUND, or IN_USE while devices stand there. */
  remove(id: string): Promise<Site> {
    return this.source.transaction(async (manager) => {
      const site = await lock(manager, id)
      const [{ n }] = await manager.query(
        'SELECT count(*)::int AS n FROM device WHERE site_id = $1 AND deleted_at IS NULL',
        [site.id],
      )
      if (n > 0) {
        throw new SotpError('IN_USE', {
          message: `Site "${site.name}" still has ${n} ${n === 1 ? 'device' : 'devices'}; move or delete them first.`,
        })
      }
      await manager.delete(Site, { id: site.id })
      await recordAudit(manager, { target: targetOf(site), before: site })
      return site
    })
  }

  async #act(name: string, act: (manager: EntityManager) => Promise<Site>): Promise<Site> {
    try {
      return await this.source.transaction(act)
    } catch (error) {
      if (uniqueViolation(error) !== 'site_name') throw error
      throw new SotpError('NAME_CONFLICT', {
        message: `There is already a site named "${name}".`,
        field: 'input.name',
      })
    }
  }
}

const targetOf = ({ id, name }: Site): AuditTarget => ({ type: 'Site', id, label: name })

async function lock(manager: EntityManager, id: string): Promise<Site> {
  const site = isUuid(id)
    ? await manager.findOne(Site, { where: { id }, lock: { mode: 'pessimistic_write' } })
    : null
  if (!site) throw new SotpError('NOT_FOUND', { message: 'No such site.' })
  return site
}
