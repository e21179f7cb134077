import * as z from 'zod'

import type { LinkEvidence, Stranger } from '#core/contract/topology.js'
import type { Scope } from '#core/service/scope.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { decodeCursor, encodeCursor, type Page, toPage } from '../page.js'
import { isUuid, Parameters, withinSql } from '../sql.js'
import { keepDays } from './keep.js'
import { Link, LinkEnd, UnwatchedNeighbor } from './link.js'

interface Row {
  id: string
  deviceId: string
  interfaceId: string | null
  port: string | null
  farDeviceId: string | null
  farInterfaceId: string | null
  farPort: string | null
  stranger: Stranger | null
  evidence: LinkEvidence[]
  confidence: number
  shared: boolean
  isCurrent: boolean
  firstSeenAt: Date
  lastSeenAt: Date
}

const columns = `
  l.id, l.device_id AS "deviceId", l.interface_id AS "interfaceId", l.port, l.far_device_id AS "farDeviceId",
  l.far_interface_id AS "farInterfaceId", l.far_port AS "farPort", l.stranger, l.evidence, l.confidence, l.shared,
  l.told_by <> '{}' OR 'MANUAL' = ANY(l.evidence) AS "isCurrent", l.first_seen_at AS "firstSeenAt",
  greatest(l.last_seen_at, (SELECT max(r.at) FROM neighbor_report r WHERE r.device_id = ANY(l.told_by))) AS "lastSeenAt"`

const tables = `link l JOIN device a ON a.id = l.device_id AND a.deleted_at IS NULL
  LEFT JOIN device b ON b.id = l.far_device_id AND b.deleted_at IS NULL`

const cursorSchema = z.tuple([z.uuid()])
/** Links of one device that are listed at most. */
const ofDeviceMax = 500

/** Reads links: each method is one statement. A link is there for those who may see both its ends. */
export class LinkReader {
  constructor(private readonly source: DataSource) {}

  /** The links of a site, or all, by id. @throws SotpError BAD_USER_INPUT when `after` is no cursor */
  plan(
    siteId: string | null,
    { first, after }: { first: number; after?: string | null | undefined },
    scope: Scope,
  ): () => Promise<Page<Link>> {
    const parameters = new Parameters()
    const conditions = conditionsOf(siteId, scope, parameters)
    if (after) conditions.push(`l.id > ${parameters.add(decodeCursor(cursorSchema, after)[0])}::uuid`)
    const statement = `SELECT ${columns} FROM ${tables} WHERE ${conditions.join(' AND ')}
      ORDER BY l.id LIMIT ${first + 1}`
    return async () => {
      const rows: Row[] = await this.source.query(statement, parameters.values)
      return toPage(rows, first, { node: linkOf, cursor: ({ id }) => encodeCursor([id]) })
    }
  }

  async count(siteId: string | null, scope: Scope): Promise<number> {
    const parameters = new Parameters()
    const conditions = conditionsOf(siteId, scope, parameters)
    const [{ n }] = await this.source.query(
      `SELECT count(*)::int AS n FROM ${tables} WHERE ${conditions.join(' AND ')}`,
      parameters.values,
    )
    return n
  }

  byIds(ids: readonly string[], scope: Scope): Promise<Map<string, Link>> {
    return linksById(this.source, ids, scope)
  }

  /** For each of many devices its links, the surest first. */
  async ofDevices(deviceIds: readonly string[], scope: Scope): Promise<Map<string, Link[]>> {
    const parameters = new Parameters()
    const ids = parameters.add(deviceIds)
    const conditions = conditionsOf(null, scope, parameters).join(' AND ')
    const rows: (Row & { of: string })[] = await this.source.query(
      `SELECT wanted.id AS of, found.* FROM unnest(${ids}::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
         SELECT ${columns} FROM ${tables} WHERE (l.device_id = wanted.id OR l.far_device_id = wanted.id) AND ${conditions}
         ORDER BY l.shared, l.confidence DESC, l.id LIMIT ${ofDeviceMax}) found`,
      parameters.values,
    )
    const byDevice = Map.groupBy(rows, ({ of }) => of)
    return new Map([...byDevice].map(([id, links]) => [id, links.map(linkOf)]))
  }
}

/** Links by id. */
export async function linksById(
  on: DataSource | EntityManager,
  ids: readonly string[],
  scope: Scope = 'everywhere',
): Promise<Map<string, Link>> {
  const parameters = new Parameters()
  const wanted = `l.id = ANY(${parameters.add(ids.filter(isUuid))}::uuid[])`
  const rows: Row[] = await on.query(
    `SELECT ${columns} FROM ${tables} WHERE ${[wanted, ...conditionsOf(null, scope, parameters)].join(' AND ')}`,
    parameters.values,
  )
  return new Map(rows.map((row) => [row.id, linkOf(row)]))
}

/** @throws SotpError BAD_USER_INPUT unless the text is a cursor of links. */
export const checkLinkCursor = (after: string): void => {
  decodeCursor(cursorSchema, after)
}

/** A link is there while both its ends are, and for those who may see both. */
function conditionsOf(siteId: string | null, scope: Scope, parameters: Parameters): string[] {
  const [near] = withinSql(scope, 'a.site_id', parameters)
  const [far] = withinSql(scope, 'b.site_id', parameters)
  return [
    '(l.far_device_id IS NULL OR b.id IS NOT NULL)',
    ...(near && far ? [`${near} AND (b.id IS NULL OR ${far})`] : []),
    ...(siteId === null
      ? []
      : isUuid(siteId)
        ? [`${parameters.add(siteId)}::uuid IN (a.site_id, b.site_id)`]
        : ['false']),
  ]
}

const hourMs = 3_600_000

/** Sure for an hour after it was last told, then less each day. */
function fading(lastSeenAt: Date): number {
  const ageMs = Date.now() - lastSeenAt.getTime() - hourMs
  return Math.min(1, Math.max(0, 1 - ageMs / (keepDays * 24 * hourMs)))
}

function linkOf(row: Row): Link {
  const { id, evidence, shared: isShared, isCurrent, firstSeenAt, lastSeenAt, stranger } = row
  const from = { deviceId: row.deviceId, interfaceId: row.interfaceId, port: row.port, stranger: null }
  const to = {
    ...{ deviceId: row.farDeviceId, interfaceId: row.farInterfaceId, port: row.farPort },
    stranger: stranger && Object.assign(new UnwatchedNeighbor(), stranger),
  }
  const sure = evidence.includes('MANUAL') ? 1 : fading(lastSeenAt)
  return Object.assign(new Link(), {
    ...{ id, evidence, isShared, isCurrent, firstSeenAt, lastSeenAt },
    confidence: Math.round(row.confidence * sure * 1000) / 1000,
    from: Object.assign(new LinkEnd(), from),
    to: Object.assign(new LinkEnd(), to),
  })
}
