import * as z from 'zod'
import { SotpError } from '#core/service/errors.js'
import { type Scope, siteIdsOf } from '#core/service/scope.js'
import type { DataSource } from '#db/source.js'
import { checkFirst, decodeCursor, encodeCursor, type Page, toPage } from '../page.js'
import { columnsOf, hydrate, isUuid } from '../sql.js'
import { DiscoveredHost, type HostRow } from './discovered-host.js'
import { DiscoveryRun } from './discovery-run.js'

const seen = '($1::uuid[] IS NULL OR r.site_id = ANY($1))'
const cursorKey = z.tuple([z.iso.datetime({ offset: true }), z.uuid()])

/** Reads runs and whom they found: each method is one statement; what lies beyond the scope is not there. */
export class DiscoveryReader {
  readonly #columns: string
  constructor(private readonly source: DataSource) {
    this.#columns = columnsOf(source, DiscoveryRun, 'r')
  }

  async byIds(ids: readonly string[], scope: Scope): Promise<Map<string, DiscoveryRun>> {
    const rows = await this.source.query(
      `SELECT ${this.#columns} FROM discovery_run r WHERE ${seen} AND r.id = ANY($2::uuid[])`,
      [siteIdsOf(scope), ids.filter(isUuid)],
    )
    return new Map(hydrate(DiscoveryRun, rows).map((run) => [run.id, run]))
  }

  /** Newest first. @throws SotpError BAD_USER_INPUT when `first` or `after` is not valid. */
  async page(
    { first, after }: { first: number; after: string | null },
    scope: Scope,
  ): Promise<Page<DiscoveryRun>> {
    checkFirst(first)
    const [at, id] = after === null ? [null, null] : decodeCursor(cursorKey, after)
    const rows = await this.source.query(
      `SELECT ${this.#columns} FROM discovery_run r
       WHERE ${seen} AND ($2::timestamptz IS NULL OR (r.started_at, r.id) < ($2, $3::uuid))
       ORDER BY r.started_at DESC, r.id DESC LIMIT $4`,
      [siteIdsOf(scope), at, id, first + 1],
    )
    return toPage(hydrate(DiscoveryRun, rows), first, {
      node: (run) => run,
      cursor: (run) => encodeCursor([run.startedAt.toISOString(), run.id]),
    })
  }

  async count(scope: Scope): Promise<number> {
    const [{ n }] = await this.source.query(`SELECT count(*)::int AS n FROM discovery_run r WHERE ${seen}`, [
      siteIdsOf(scope),
    ])
    return n
  }

  /** How many hosts each run found. */
  async foundCounts(runIds: readonly string[]): Promise<Map<string, number>> {
    const rows: { id: string; n: number }[] = await this.source.query(
      'SELECT run_id AS id, count(*)::int AS n FROM discovered_host WHERE run_id = ANY($1::uuid[]) GROUP BY run_id',
      [runIds],
    )
    return new Map(rows.map(({ id, n }) => [id, n]))
  }

  /**
   * Hosts of a run in the order in which they were found. @throws SotpError BAD_USER_INPUT when `first` or `after` is not
   * valid.
   */
  async hosts(
    runId: string,
    { first, after }: { first: number; after: string | null },
  ): Promise<DiscoveredHost[]> {
    checkFirst(first)
    if (after !== null && !/^\d{1,18}$/.test(after)) {
      throw new SotpError('BAD_USER_INPUT', { message: 'after: not the cursor of a host', field: 'after' })
    }
    const rows: HostRow[] = await this.source.query(
      `SELECT h.run_id AS "runId", h.position::text, h.found, h.device_id AS "deviceId" FROM discovered_host h
       WHERE h.run_id = $1 AND h.position > $2::bigint ORDER BY h.position LIMIT $3`,
      [runId, after ?? '0', first],
    )
    return rows.map((row) => new DiscoveredHost(row))
  }
}
