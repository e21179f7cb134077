import type { DataSource } from '#db/source.js'

import { columnsOf, hydrate, isUuid } from '../sql.js'
import { Site } from './site.js'

/** Reads sites: each method is one statement. */
export class SiteReader {
  readonly #columns: string
  constructor(private readonly source: DataSource) {
    this.#columns = columnsOf(source, Site, 's')
  }

  async byIds(ids: readonly string[]): Promise<Map<string, Site>> {
    const rows = await this.source.query(`SELECT ${this.#columns} FROM site s WHERE s.id = ANY($1::uuid[])`, [
      ids.filter(isUuid),
    ])
    return new Map(hydrate(Site, rows).map((site) => [site.id, site]))
  }

  async all(): Promise<Site[]> {
    return hydrate(
      Site,
      await this.source.query(`SELECT ${this.#columns} FROM site s ORDER BY lower(s.name), s.id`),
    )
  }
}
