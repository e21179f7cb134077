import type { ComposeOutcome } from '#core/service/schema-thread.js'
import type { EntityManager } from '#db/source.js'

import type { AffectedOperation, SchemaCheck } from './schema-check.js'

/** Use that lies further back does not count: who has not asked for 30 days will not miss it. */
const usedWithinDays = 30
const documentsMax = 2000
const operationsMax = 20

/** Texts of the operations in use, the most recent first. */
export function usedDocuments(manager: EntityManager): Promise<{ hash: string; text: string }[]> {
  return manager.query(
    `SELECT hash, text FROM operation
     WHERE text IS NOT NULL AND last_seen_at > now() - make_interval(days => $1)
     ORDER BY last_seen_at DESC LIMIT $2`,
    [usedWithinDays, documentsMax],
  )
}

interface UseRow extends AffectedOperation {
  coordinate: string
  hasText: boolean
}

/** Who asks for these fields. */
function usesOf(manager: EntityManager, coordinates: readonly string[]): Promise<UseRow[]> {
  return manager.query(
    `SELECT coordinate, operation_hash AS hash, name, text IS NOT NULL AS "hasText",
       array_agg(DISTINCT client_name ORDER BY client_name) AS clients, max(use.last_seen_at) AS "lastSeenAt"
     FROM field_use AS use LEFT JOIN operation ON hash = operation_hash
     WHERE coordinate = ANY($1) AND day >= (now() AT TIME ZONE 'UTC')::date - $2::integer
     GROUP BY coordinate, operation_hash, name, text IS NOT NULL
     ORDER BY max(use.last_seen_at) DESC, operation_hash`,
    [coordinates, usedWithinDays],
  )
}

/** What a composition means for those who use the graph. */
export async function judge(manager: EntityManager, outcome: ComposeOutcome): Promise<SchemaCheck> {
  const { composition, faults, changes, broken } = outcome
  const breaking = changes.filter(({ level }) => level === 'BREAKING')
  const uses = await usesOf(manager, [...new Set(breaking.flatMap(({ fields }) => fields))])
  const noLongerFits = new Set(broken.map(({ hash }) => hash))
  const judged = changes.map(({ level, message, coordinate, fields }) => {
    const asks = new Set(level === 'BREAKING' ? fields : [])
    // Arguments stand in the text of an operation: where it is known and still fits, it does not use this one.
    const isArgument = coordinate.includes('(')
    const hit = uses.filter(
      (use) => asks.has(use.coordinate) && !(isArgument && use.hasText && !noLongerFits.has(use.hash)),
    )
    const operations = [...new Map(hit.map((use) => [use.hash, use])).values()].slice(0, operationsMax)
    return { level, message, coordinate, operations }
  })
  const names = await namesOf(manager, [...noLongerFits])
  return {
    composes: composition !== null,
    faults,
    changes: judged,
    brokenOperations: broken.map(({ hash, message }) => ({ hash, message, name: names.get(hash) ?? null })),
    publishable:
      composition !== null &&
      broken.length === 0 &&
      judged.every(({ operations }) => operations.length === 0),
  }
}

async function namesOf(
  manager: EntityManager,
  hashes: readonly string[],
): Promise<Map<string, string | null>> {
  const rows = await manager.query<{ hash: string; name: string | null }[]>(
    'SELECT hash, name FROM operation WHERE hash = ANY($1)',
    [hashes],
  )
  return new Map(rows.map(({ hash, name }) => [hash, name]))
}
