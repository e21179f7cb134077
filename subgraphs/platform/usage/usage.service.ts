import type { DataSource } from '#db/source.js'

import type { ClientUse, FieldUsage, Operation } from './field-usage.js'

export interface FieldQuery {
  coordinate?: string | null
  /** Only fields of this type. */
  type?: string | null
  /** True: only those that nobody asked for since; false: only the others. */
  unused?: boolean | null
  deprecated?: boolean | null
  /** First day (UTC) that counts. */
  since: string
  after: string | undefined
  limit: number
}

/** What is known of the use of fields and operations. Days are UTC. */
export class UsageService {
  constructor(private readonly source: DataSource) {}

  /** Fields of the newest schema, by coordinate. */
  fields(query: FieldQuery): Promise<FieldUsage[]> {
    return this.source.query<FieldUsage[]>(
      `WITH field AS (
         SELECT * FROM jsonb_to_recordset(
           (SELECT fields FROM supergraph_version ORDER BY version DESC LIMIT 1)
         ) AS field (coordinate text, type text, deprecation text, removal text)
       )
       SELECT coordinate, type, deprecation AS "deprecationReason", removal AS "removalDate", $1::text AS since,
         coalesce(total, 0) AS count, coalesce(failed, 0) AS errors, seen AS "lastSeenAt"
       FROM field CROSS JOIN LATERAL (
         SELECT sum(count) FILTER (WHERE day >= $1::text::date) AS total,
           sum(errors) FILTER (WHERE day >= $1::text::date) AS failed, max(last_seen_at) AS seen
         FROM field_use WHERE field_use.coordinate = field.coordinate
       ) AS use
       WHERE ($2::text IS NULL OR coordinate = $2)
         AND ($3::text IS NULL OR split_part(coordinate, '.', 1) = $3)
         AND ($4::boolean IS NULL OR (total IS NULL) = $4)
         AND ($5::boolean IS NULL OR (deprecation IS NOT NULL) = $5)
         AND ($6::text IS NULL OR coordinate COLLATE "C" > $6)
       ORDER BY coordinate COLLATE "C" LIMIT $7`,
      [
        query.since,
        query.coordinate ?? null,
        query.type ?? null,
        query.unused ?? null,
        query.deprecated ?? null,
        query.after ?? null,
        query.limit,
      ],
    )
  }

  /** Who asked for each of these fields, the most frequent client first. */
  async clientsOf(coordinates: readonly string[], since: string): Promise<Map<string, ClientUse[]>> {
    return grouped(
      await this.source.query<(ClientUse & { key: string })[]>(
        `SELECT coordinate AS key, client_name AS name, client_version AS version, sum(count) AS count,
           max(last_seen_at) AS "lastSeenAt"
         FROM field_use WHERE coordinate = ANY($1) AND day >= $2::text::date
         GROUP BY 1, 2, 3 ORDER BY 4 DESC, 2, 3`,
        [coordinates, since],
      ),
    )
  }

  /** Which operations asked for each of these fields, the most frequent first. */
  async operationsOf(coordinates: readonly string[], since: string): Promise<Map<string, Operation[]>> {
    return grouped(
      await this.source.query<(Operation & { key: string })[]>(
        `SELECT coordinate AS key, hash, name, type, text, first_seen_at AS "firstSeenAt",
           operation.last_seen_at AS "lastSeenAt", sum(use.count) AS count, sum(use.errors) AS errors, $2::text AS since
         FROM field_use AS use JOIN operation ON hash = operation_hash
         WHERE coordinate = ANY($1) AND day >= $2::text::date
         GROUP BY coordinate, hash ORDER BY 8 DESC, hash`,
        [coordinates, since],
      ),
    )
  }

  /** The most run first. */
  operations(
    since: string,
    client: string | null | undefined,
    after: { count: string; hash: string } | undefined,
    limit: number,
  ): Promise<Operation[]> {
    return this.source.query<Operation[]>(
      `SELECT hash, name, type, text, first_seen_at AS "firstSeenAt", operation.last_seen_at AS "lastSeenAt",
         sum(use.count) AS count, sum(use.errors) AS errors, $1::text AS since
       FROM operation JOIN operation_use AS use ON operation_hash = hash
       WHERE day >= $1::text::date AND ($2::text IS NULL OR client_name = $2)
       GROUP BY hash
       HAVING $3::numeric IS NULL OR sum(use.count) < $3 OR (sum(use.count) = $3 AND hash > $4)
       ORDER BY sum(use.count) DESC, hash LIMIT $5`,
      [since, client ?? null, after?.count ?? null, after?.hash ?? null, limit],
    )
  }

  /** Who ran each of these operations, the most frequent client first. */
  async clientsOfOperations(hashes: readonly string[], since: string): Promise<Map<string, ClientUse[]>> {
    return grouped(
      await this.source.query<(ClientUse & { key: string })[]>(
        `SELECT operation_hash AS key, client_name AS name, client_version AS version, sum(count) AS count,
           max(last_seen_at) AS "lastSeenAt"
         FROM operation_use WHERE operation_hash = ANY($1) AND day >= $2::text::date
         GROUP BY 1, 2, 3 ORDER BY 4 DESC, 2, 3`,
        [hashes, since],
      ),
    )
  }
}

function grouped<Row extends { key: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.key)
    if (group) group.push(row)
    else groups.set(row.key, [row])
  }
  return groups
}
