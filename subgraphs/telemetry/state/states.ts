import type { DeviceState } from '#core/contract/telemetry.js'
import { SotpError } from '#core/service/errors.js'
import { type Scope, siteIdsOf } from '#core/service/scope.js'
import type { DataSource } from '#db/source.js'

import type { StateChangeRow } from './device-record.js'
import type { StateFilter } from './device-state.js'
import { type StateRow, stateColumns, toState } from './state-row.js'

export interface ChangePage {
  changes: StateChangeRow[]
  hasNextPage: boolean
  endCursor: string | null
}

/** Reads states and their history, of devices at the sites of a scope. */
export interface States {
  list(filter: StateFilter, scope: Scope): Promise<DeviceState[]>
  /** The states, and the cursor of the last event they contain: no event up to it is missing, none after it is in. */
  snapshot(filter: StateFilter, scope: Scope): Promise<{ states: DeviceState[]; cursor: string }>
  byDevice(deviceIds: readonly string[], scope: Scope): Promise<Map<string, DeviceState>>
  /** Newest first. @throws SotpError BAD_USER_INPUT when `after` is not a cursor of this list. */
  changes(
    query: { filter: StateFilter; scope: Scope },
    first: number,
    after: string | null,
  ): Promise<ChangePage>
}

const parameters = (filter: StateFilter, scope: Scope) => [
  filter?.deviceIds ?? null,
  filter?.siteIds ?? null,
  filter?.reachability ?? null,
  siteIdsOf(scope),
]
const condition = (reachability: string) => `($1::uuid[] IS NULL OR s.device_id = ANY($1))
  AND ($2::uuid[] IS NULL OR s.site_id = ANY($2)) AND ($3::text[] IS NULL OR ${reachability} = ANY($3))
  AND ($4::uuid[] IS NULL OR s.site_id = ANY($4))`

export function openStates(source: DataSource): States {
  async function select(filter: StateFilter, scope: Scope): Promise<(StateRow & { last: string })[]> {
    // One statement is one moment: states and the id of the last event written with them belong together.
    return source.query(
      `SELECT ${stateColumns}, l.id AS last FROM outbox_last l
       LEFT JOIN device_state s ON ${condition('s.reachability')} ORDER BY s.device_id`,
      parameters(filter, scope),
    )
  }
  const statesOf = (rows: (StateRow & { device_id: string | null })[]) =>
    rows.filter((row) => row.device_id !== null).map(toState)

  return {
    list: async (filter, scope) => statesOf(await select(filter, scope)),
    async snapshot(filter, scope) {
      const rows = await select(filter, scope)
      return { states: statesOf(rows), cursor: `${rows[0]?.last ?? 0}-0` }
    },
    async byDevice(deviceIds, scope) {
      const rows = (await source.query(
        `SELECT ${stateColumns} FROM device_state s WHERE s.device_id = ANY($1::uuid[])
           AND ($2::uuid[] IS NULL OR s.site_id = ANY($2))`,
        [deviceIds, siteIdsOf(scope)],
      )) as StateRow[]
      return new Map(rows.map((row) => [row.device_id, toState(row)]))
    },
    async changes({ filter, scope }, first, after) {
      const [at, id] = after === null ? [null, null] : readCursor(after)
      const rows = (await source.query(
        `SELECT c.id, c.device_id AS "deviceId", c.at, c."from", c."to", c.reason
         FROM state_change c JOIN device_state s ON s.device_id = c.device_id
         WHERE ${condition('c."to"')} AND ($5::timestamptz IS NULL OR (c.at, c.id) < ($5, $6::bigint))
         ORDER BY c.at DESC, c.id DESC LIMIT $7`,
        [...parameters(filter, scope), at, id, first + 1],
      )) as (Omit<StateChangeRow, 'at'> & { id: string; at: Date })[]
      const page = rows.slice(0, first)
      const last = page.at(-1)
      return {
        changes: page.map(({ id: _, at: time, ...change }) => ({ ...change, at: time.getTime() })),
        hasNextPage: rows.length > first,
        endCursor: last ? writeCursor(last) : null,
      }
    },
  }
}

const writeCursor = ({ at, id }: { at: Date; id: string }) =>
  Buffer.from(`${at.toISOString()} ${id}`).toString('base64url')

function readCursor(text: string): [string, string] {
  const [at = '', id = ''] = Buffer.from(text, 'base64url').toString().split(' ')
  if (/^\d{4}-[\d:.TZ-]{10,25}$/.test(at) && !Number.isNaN(Date.parse(at)) && /^\d{1,18}$/.test(id))
    return [at, id]
  throw new SotpError('BAD_USER_INPUT', { message: 'after: not a cursor of this list', field: 'after' })
}
