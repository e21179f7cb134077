import { SotpError } from '#core/service/errors.js'
import { recordAudit } from '#db/audit/record.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { uniqueViolation } from '../sql.js'
import { parseCsv } from './csv.js'
import type { DeviceReach } from './device.service.js'
import { appendDeviceChanged } from './device-events.js'
import { ImportAction, ImportedRow, type ImportResult } from './import.js'
import { type ImportItem, type ImportPlan, planImport } from './import-plan.js'
import { readHeader, readRow } from './import-row.js'

const rowsMax = 20_000
const charactersMax = 5_000_000
const tries = 3
/** Rows checked in one go, so that a long file does not hold the event loop. */
const slice = 250

interface ImportTask {
  mode: 'import' | 'dry run'
  reach: DeviceReach
  /** Rows that are rejected already. */
  unreadable: ImportPlan['rejected']
}

/** Imports devices from CSV, set by set: about ten statements whatever the number of rows. */
export class ImportService {
  constructor(private readonly source: DataSource) {}

  /**
   * Adds devices, and changes those whose name exists. Rows that do not fit, or lie beyond where the caller may
   * write, are told, the rest is imported in one transaction. @throws SotpError BAD_USER_INPUT when the header is not valid or the file too long.
   */
  async run(csv: string, mode: 'import' | 'dry run', reach: DeviceReach): Promise<ImportResult> {
    if (csv.length > charactersMax) refuse(`is longer than ${charactersMax / 1e6} million characters`)
    const [first, ...records] = parseCsv(csv)
    const header = readHeader(first)
    if (records.length > rowsMax) refuse(`has more than ${rowsMax} rows`)
    const items: ImportItem[] = []
    const unreadable: ImportPlan['rejected'] = []
    for (const [index, record] of records.entries()) {
      if (index % slice === slice - 1) await new Promise((resolve) => setImmediate(resolve))
      const row = readRow(header, record)
      if (typeof row === 'string') unreadable.push({ record, reason: row })
      else items.push({ record, row })
    }
    const { created, matched, accepted, rejected } = await this.#apply(items, { mode, reach, unreadable })
    return {
      created: created.length,
      updated: matched,
      accepted: accepted.map((row) =>
        Object.assign(new ImportedRow(), { ...row, action: ImportAction[row.action] }),
      ),
      rejected: rejected
        .map(({ record, reason }) => ({ line: record.line, reason, row: record.raw }))
        .sort((a, b) => a.line - b.line),
    }
  }

  /** A name or address that somebody takes between the look and the write makes it look again. */
  async #apply(items: readonly ImportItem[], task: ImportTask, attempt = 1): Promise<ImportPlan> {
    try {
      return await this.source.transaction(async (manager) => {
        const planned = await planImport(manager, items, task.reach)
        const plan = { ...planned, rejected: [...task.unreadable, ...planned.rejected] }
        if (task.mode === 'import') await write(manager, plan)
        await recordImport(manager, plan, task.mode)
        return plan
      })
    } catch (error) {
      if (uniqueViolation(error) === undefined || attempt === tries) throw error
      return this.#apply(items, task, attempt + 1)
    }
  }
}

const record = `jsonb_to_recordset($1::jsonb) AS r (id uuid, name text, address text, address_key text, site_id uuid,
  kind text, tags text[], monitoring jsonb)`

async function write(manager: EntityManager, { created, changed, moved, links }: ImportPlan): Promise<void> {
  await manager.query(
    `INSERT INTO device (id, name, address, address_key, site_id, kind, status, tags, monitoring, created_at, updated_at)
     SELECT id, name, address, address_key, site_id, kind, 'ACTIVE', tags, monitoring, now(), now() FROM ${record}`,
    [JSON.stringify(created)],
  )
  await manager.query(
    `UPDATE device SET name = r.name, address = r.address, address_key = r.address_key, site_id = r.site_id,
       kind = r.kind, tags = r.tags, monitoring = r.monitoring, updated_at = now() FROM ${record} WHERE device.id = r.id`,
    [JSON.stringify(changed)],
  )
  await manager.query('DELETE FROM device_credential WHERE device_id = ANY($1::uuid[])', [[...links.keys()]])
  const rows = [...links].flatMap(([device, ids]) =>
    ids.map((credential, at) => ({ device, credential, at })),
  )
  await manager.query(
    `INSERT INTO device_credential (device_id, credential_id, position)
     SELECT device, credential, at FROM jsonb_to_recordset($1::jsonb) AS r (device uuid, credential uuid, at int)`,
    [JSON.stringify(rows)],
  )
  await appendDeviceChanged(
    manager,
    'CREATED',
    created.map(({ id }) => id),
  )
  await appendDeviceChanged(
    manager,
    'UPDATED',
    changed.map(({ id }) => id),
    { moved },
  )
}

/**
 * One line in the audit log, whatever the number of rows. The log bounds what it keeps, in the order of the names: the
 * counts before the devices.
 */
async function recordImport(
  manager: EntityManager,
  { created, changed, matched, rejected }: ImportPlan,
  mode: ImportTask['mode'],
): Promise<void> {
  const named = (devices: ImportPlan['created']) => devices.map(({ id, name }) => ({ id, name }))
  await recordAudit(manager, {
    target: { type: 'ImportResult', id: null, label: `${mode} of devices from CSV` },
    after: {
      count: { created: created.length, updated: matched, rejected: rejected.length },
      dryRun: mode === 'dry run',
      named: { created: named(created), changed: named(changed) },
    },
  })
}

function refuse(message: string): never {
  throw new SotpError('BAD_USER_INPUT', { message: `csv: ${message}`, field: 'csv' })
}
