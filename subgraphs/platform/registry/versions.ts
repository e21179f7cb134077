import type { ComposeOutcome } from '#core/service/schema-thread.js'
import type { EntityManager } from '#db/source.js'

import type { Base } from './base.js'
import { sha256 } from './base.js'
import type { SchemaChange } from './schema-check.js'
import type { SupergraphVersion, VersionCause } from './supergraph-version.js'

/** A version with its texts, which are large. */
export interface StoredVersion extends SupergraphVersion {
  sdl: string
  api: string
}

/** Old versions are history for people; the gateway needs only the newest. */
const keptMax = 500

const columns = `version, id, base_id AS "baseId", cause, subgraph, publisher, published_at AS "publishedAt",
  changes`

export async function latestVersion(manager: EntityManager): Promise<StoredVersion | undefined> {
  const [row] = await manager.query<StoredVersion[]>(
    `SELECT ${columns}, api, sdl FROM supergraph_version ORDER BY version DESC LIMIT 1`,
  )
  return row
}

/** The newest first; `before`: only older ones. */
export function versionsBefore(
  manager: EntityManager,
  before: number | undefined,
  limit: number,
): Promise<SupergraphVersion[]> {
  return manager.query<SupergraphVersion[]>(
    `SELECT ${columns} FROM supergraph_version WHERE version < $1 ORDER BY version DESC LIMIT $2`,
    [before ?? 2 ** 31 - 1, limit],
  )
}

/** The schema that clients saw, by version. */
export async function apisOf(
  manager: EntityManager,
  versions: readonly number[],
): Promise<Map<string, string>> {
  const rows = await manager.query<{ version: number; api: string }[]>(
    'SELECT version, api FROM supergraph_version WHERE version = ANY($1)',
    [versions],
  )
  return new Map(rows.map(({ version, api }) => [String(version), api]))
}

interface NewVersion {
  base: Base
  outcome: ComposeOutcome
  /** What it consists of is our own subgraphs only: then the committed text is the supergraph. */
  plain: boolean
  cause: VersionCause
  subgraph: string | null
  publisher: string | null
}

/** Adds a version, one above the newest; the caller holds the registry's lock. Returns its number. */
export async function addVersion(
  manager: EntityManager,
  { base, outcome, plain, cause, subgraph, publisher }: NewVersion,
): Promise<number> {
  if (!outcome.composition) throw new Error('what does not compose is no version')
  const { supergraph, api } = plain ? { ...base } : outcome.composition
  const changes: SchemaChange[] = outcome.changes.map(({ level, message, coordinate }) => ({
    level,
    message,
    coordinate,
    operations: [],
  }))
  const [{ version }] = (await manager.query(
    `INSERT INTO supergraph_version (version, id, base_id, sdl, api, fields, changes, cause, subgraph, publisher)
     SELECT coalesce(max(version), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9 FROM supergraph_version
     RETURNING version`,
    [
      sha256(supergraph),
      base.id,
      supergraph,
      api,
      JSON.stringify(outcome.fields),
      JSON.stringify(changes),
      cause,
      subgraph,
      publisher,
    ],
  )) as [{ version: number }]
  await manager.query('DELETE FROM supergraph_version WHERE version <= $1', [version - keptMax])
  return version
}
