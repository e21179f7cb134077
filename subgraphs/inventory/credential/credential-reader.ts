import type { DataSource } from '#db/source.js'

import { columnsOf, hydrate, isUuid } from '../sql.js'
import { Credential } from './credential.js'

/** Reads credentials: each method is one statement. */
export class CredentialReader {
  readonly #columns: string
  constructor(private readonly source: DataSource) {
    this.#columns = columnsOf(source, Credential, 'c')
  }

  async byIds(ids: readonly string[]): Promise<Map<string, Credential>> {
    const rows = await this.source.query(
      `SELECT ${this.#columns} FROM credential c WHERE c.id = ANY($1::uuid[])`,
      [ids.filter(isUuid)],
    )
    return new Map(hydrate(Credential, rows).map((credential) => [credential.id, credential]))
  }

  async all(): Promise<Credential[]> {
    return hydrate(
      Credential,
      await this.source.query(`SELECT ${this.#columns} FROM credential c ORDER BY lower(c.name), c.id`),
    )
  }

  /** Credentials of many devices, each in the order in which they are tried. */
  async ofDevices(deviceIds: readonly string[]): Promise<Map<string, Credential[]>> {
    const rows: (Credential & { owner: string })[] = await this.source.query(
      `SELECT l.device_id AS owner, ${this.#columns} FROM device_credential l JOIN credential c ON c.id = l.credential_id
       WHERE l.device_id = ANY($1::uuid[]) ORDER BY l.device_id, l.position`,
      [deviceIds],
    )
    return new Map(
      [...Map.groupBy(rows, ({ owner }) => owner)].map(([owner, found]) => [
        owner,
        hydrate(Credential, found),
      ]),
    )
  }

  /** How many devices that are not deleted use each. */
  async uses(credentialIds: readonly string[]): Promise<Map<string, number>> {
    const rows: { id: string; n: number }[] = await this.source.query(
      `SELECT l.credential_id AS id, count(*)::int AS n FROM device_credential l JOIN device d ON d.id = l.device_id
       WHERE l.credential_id = ANY($1::uuid[]) AND d.deleted_at IS NULL GROUP BY l.credential_id`,
      [credentialIds],
    )
    return new Map(rows.map(({ id, n }) => [id, n]))
  }
}
