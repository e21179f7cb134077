import type { TrapReceived } from '#core/contract/traps.js'
import { SotpError } from '#core/service/errors.js'
import { type Scope, siteIdsOf } from '#core/service/scope.js'
import type { DataSource } from '#db/source.js'

import { shownTrap, type Trap } from './trap.js'
import { type TrapQuery, trapCondition } from './trap-filter.js'

export interface TrapPage {
  traps: Trap[]
  hasNextPage: boolean
  endCursor: string | null
}

/** How many, and behind which cursor. */
export interface TrapPaging {
  first: number
  after: string | null
}

type Row = Omit<TrapReceived['trap'], 'at' | 'lastAt' | 'upTimeTicks'> & {
  at: Date
  lastAt: Date
  storedAt: Date
  upTimeTicks: string | null
}

const columns = `t.id, t.at, t.last_at AS "lastAt", t.stored_at AS "storedAt", t.repeats, t.source,
  t.source_port AS "sourcePort", t.device_id AS "deviceId", t.version, t.kind, t.oid, t.name, t.severity, t.category,
  t.summary, t.up_time_ticks AS "upTimeTicks", t.agent_address AS "agentAddress", t.engine_id AS "engineId",
  t.user_name AS "user", t.varbinds, t.refusal, t.detail`

const shown = ({ at, lastAt, storedAt, upTimeTicks, ...row }: Row): Trap =>
  shownTrap(
    {
      ...row,
      at: at.getTime(),
      lastAt: lastAt.getTime(),
      upTimeTicks: upTimeTicks === null ? null : Number(upTimeTicks),
    },
    storedAt.getTime(),
  )

/** Reads traps of devices at the sites of a scope; those of nobody's device only everywhere. */
export class Traps {
  constructor(private readonly source: DataSource) {}

  /** Newest first. @throws SotpError BAD_USER_INPUT when `after` is not a cursor of this list */
  async list(query: TrapQuery, scope: Scope, paging: TrapPaging): Promise<TrapPage> {
    const { sql, values } = pageOf(query, scope, paging)
    return toPage(await this.source.query(sql, values), paging.first)
  }

  /** The same page of each of many devices, with one statement. @throws as `list` */
  async ofDevices(
    deviceIds: readonly string[],
    query: TrapQuery,
    scope: Scope,
    paging: TrapPaging,
  ): Promise<Map<string, TrapPage>> {
    const { sql, values } = pageOf({ ...query, deviceIds: null }, scope, paging, 't.device_id = wanted.id')
    const rows: Row[] = await this.source.query(
      `SELECT page.* FROM unnest($15::uuid[]) AS wanted (id) CROSS JOIN LATERAL (${sql}) page
       ORDER BY page.at DESC, page.id DESC`,
      [...values, deviceIds],
    )
    const own = Map.groupBy(rows, ({ deviceId }) => deviceId)
    return new Map(deviceIds.map((id) => [id, toPage(own.get(id.toLowerCase()) ?? [], paging.first)]))
  }

  async byId(id: string, scope: Scope): Promise<Trap | null> {
    const [row]: Row[] = await this.source.query(
      `SELECT ${columns} FROM trap t LEFT JOIN device d ON d.id = t.device_id
       WHERE t.id = $1 AND ($2::uuid[] IS NULL OR d.site_id = ANY($2))`,
      [id, siteIdsOf(scope)],
    )
    return row ? shown(row) : null
  }

  /** Datagrams of traps that the caller has seen already, in base64. */
  async raw(ids: readonly string[], scope: Scope): Promise<Map<string, string>> {
    const rows: { id: string; raw: Buffer }[] = await this.source.query(
      `SELECT t.id, t.raw FROM trap t LEFT JOIN device d ON d.id = t.device_id
       WHERE t.id = ANY($1::uuid[]) AND ($2::uuid[] IS NULL OR d.site_id = ANY($2))`,
      [ids, siteIdsOf(scope)],
    )
    return new Map(rows.map(({ id, raw }) => [id, raw.toString('base64')]))
  }
}

/** One page, and one row more, which tells whether there is another. */
function pageOf(query: TrapQuery, scope: Scope, { first, after }: TrapPaging, also = 'true') {
  const { sql, values } = trapCondition(query, scope)
  const [at, id] = after === null ? [null, null] : readCursor(after)
  return {
    sql: `SELECT ${columns} FROM trap t LEFT JOIN device d ON d.id = t.device_id
       WHERE ${sql} AND ($12::timestamptz IS NULL OR (t.at, t.id) < ($12, $13::uuid)) AND ${also}
       ORDER BY t.at DESC, t.id DESC LIMIT $14`,
    values: [...values, at, id, first + 1],
  }
}

function toPage(rows: readonly Row[], first: number): TrapPage {
  const page = rows.slice(0, first)
  const last = page.at(-1)
  return {
    traps: page.map(shown),
    hasNextPage: rows.length > first,
    endCursor: last ? writeCursor(last) : null,
  }
}

const writeCursor = ({ at, id }: { at: Date; id: string }) =>
  Buffer.from(`${at.toISOString()} ${id}`).toString('base64url')

function readCursor(text: string): [string, string] {
  const [at = '', id = ''] = Buffer.from(text, 'base64url').toString().split(' ')
  if (/^\d{4}-[\d:.TZ-]{10,25}$/.test(at) && !Number.isNaN(Date.parse(at)) && /^[0-9a-f-]{36}$/.test(id))
    return [at, id]
  throw new SotpError('BAD_USER_INPUT', { message: 'after: not a cursor of this list', field: 'after' })
}
