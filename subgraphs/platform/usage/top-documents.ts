import type { Redis } from 'ioredis'

import { type TopDocuments, topDocuments, topDocumentsKey } from '#core/contract/usage.js'
import type { DataSource } from '#db/source.js'

const documentsMax = 200
const withinDays = 7
/** All texts together; a gateway reads them in one piece. */
const charactersMax = 2_000_000

/** Puts the documents that were asked for most where gateways find them, unless they lie there already. */
export async function publishTopDocuments(source: DataSource, redis: Redis): Promise<void> {
  const rows = await source.query<TopDocuments>(
    `SELECT hash, text, name AS "operationName" FROM operation
     JOIN operation_use ON operation_hash = hash
     WHERE text IS NOT NULL AND day >= (now() AT TIME ZONE 'UTC')::date - $1::integer
     GROUP BY hash ORDER BY sum(count) DESC, hash LIMIT $2`,
    [withinDays, documentsMax],
  )
  let characters = 0
  const kept = rows.filter(({ text }) => {
    characters += text.length
    return characters <= charactersMax
  })
  const text = JSON.stringify(topDocuments.parse(kept))
  if ((await redis.get(topDocumentsKey)) !== text) await redis.set(topDocumentsKey, text)
}
