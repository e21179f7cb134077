import { type Scope, siteIdsOf } from '#core/service/scope.js'
import type { DataSource } from '#db/source.js'

import { columnsOf, hydrate, isUuid } from '../sql.js'
import { Site } from './site.js'

/** Reads sites: each method is one statement; what lies beyond the scope is not there. */
export class SiteReader {
  readonly #columns: string
  constructor(private readonly source: DataSource) {
    this.#columns = columnsOf(source, Site, 's')
  }

  async byIds(ids: readonly string[], scope: Scope): Promise<Map<string, Site>> {
    const rows = await this.source.query(
      `SELECT ${this.#columns} FROM site s WHERE s.id = ANY($1::uuid[]) AND ($2::uuid[] IS NULL OR s.id = ANY($2))`,
      [ids.filter(isUuid), siteIdsOf(scope)],
    )
    return new Map(hydrate(Site, rows).map((site) => [site.id, site]))
  }

  async all(scope: Scope): Promise<Site[]> {
    const rows = await this.source.query(
      `SELECT ${this.#columns} FROM site s WHERE $1::uuid[] IS NULL OR s.id = ANY($1)
       ORDER BY lower(s.name), s.id`,
      [siteIdsOf(scope)],
    )
    return hydrate(Site, rows)
  }
}
