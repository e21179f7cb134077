import type { Redis } from 'ioredis'

import { type PublishedSupergraph, publishedSupergraph, supergraphKey } from '#core/contract/supergraph.js'
import type { Topics } from '#core/service/topics.js'
import type { DataSource } from '#db/source.js'

interface AnnounceParts {
  source: DataSource
  redis: Redis
  topics: Topics
  /** SHA-256 of this release's own supergraph: a process of another release tells of its own. */
  baseId: string
}

/**
 * Puts the newest supergraph where gateways find it, and tells them, unless it lies there already: after a change,
 * after a crash between the two, and after a Redis without persistence forgot it. Harmless to repeat.
 */
export async function announce({ source, redis, topics, baseId }: AnnounceParts): Promise<void> {
  const newest = await read(source)
  if (!newest || newest.baseId !== baseId) return
  const there = await redis.get(supergraphKey)
  const text = JSON.stringify(newest)
  if (there === text) return
  await redis.set(supergraphKey, text)
  const { version, id } = newest
  await topics.publish('supergraph.published', { v: 1, kind: 'SUPERGRAPH_PUBLISHED', version, id })
}

/** One statement, so that version and remotes belong together. */
async function read(source: DataSource): Promise<PublishedSupergraph | undefined> {
  const [row] = await source.query<(Omit<PublishedSupergraph, 'publishedAt'> & { publishedAt: Date })[]>(
    `SELECT version, id, base_id AS "baseId", sdl, published_at AS "publishedAt",
       coalesce((SELECT json_agg(json_build_object('name', name, 'url', url, 'sealedKey', sealed_key) ORDER BY name)
         FROM external_subgraph WHERE fault IS NULL), '[]') AS remotes
     FROM supergraph_version ORDER BY version DESC LIMIT 1`,
  )
  return row && publishedSupergraph.parse({ ...row, publishedAt: row.publishedAt.toISOString() })
}
