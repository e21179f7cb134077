import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'

import {
  type PublishedSupergraph,
  publishedSupergraph,
  remoteKeyRef,
  supergraphKey,
} from '#core/contract/supergraph.js'
import { topDocuments, topDocumentsKey } from '#core/contract/usage.js'
import type { Log } from '#core/service/log.js'
import { count, gauge } from '#core/service/metrics.js'
import { RedisAway, within } from '#core/service/redis.js'
import type { SecretBox } from '#core/service/secrets.js'
import type { Topics } from '#core/service/topics.js'

import type { UsedDocument } from './execute/plans.js'
import type { Generations } from './generation.js'
import type { Links } from './links/open.js'

/** Read again this often, should an event have been missed. */
const everyMs = 30_000
const againMs = 500

interface Registry {
  /** Text of the supergraph this program came with. */
  base: string
  generations: Generations
  links: Links
  redis: Redis
  topics: Topics
  box: SecretBox
  log: Log
}

/**
 * Follows the supergraph that the platform publishes when subgraphs join and leave, as far as it was made from the one
 * this program came with. Whatever cannot be taken leaves the last good one in place. What is published at the start is
 * waited for, but not longer than a moment: without Redis the gateway serves what it has.
 */
export async function followRegistry(registry: Registry): Promise<AsyncDisposable> {
  const { topics, log } = registry
  const baseId = createHash('sha256').update(registry.base).digest('hex')
  const stop = new AbortController()
  /** What was read last; bad or good, it is taken once. */
  let seen = ''
  let work: Promise<void> = Promise.resolve()

  async function look(): Promise<void> {
    try {
      const text = await within(registry.redis.get(supergraphKey))
      if (text === null || text === seen || stop.signal.aborted) return
      seen = text
      const published = publishedSupergraph.parse(JSON.parse(text))
      if (published.baseId === baseId) await take(registry, published)
    } catch (error) {
      if (error instanceof RedisAway) return
      count('sotp_gateway_registry_refused_total')
      log.error({ err: error }, 'the published supergraph could not be taken')
    }
  }
  const lookInTurn = () => {
    work = work.then(look)
    return work
  }

  async function follow(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        for await (const _ of topics.subscribe('supergraph.published', { signal: stop.signal }))
          void lookInTurn()
      } catch (error) {
        if (stop.signal.aborted) return
        log.warn({ err: error }, 'news of the supergraph could not be read, will read on')
        await new Promise((resolve) => setTimeout(resolve, againMs))
      }
    }
  }

  await lookInTurn()
  const following = follow()
  const timer = setInterval(lookInTurn, everyMs).unref()
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      stop.abort()
      await Promise.all([following, work])
    },
  }
}

async function take(
  { generations, links, box, log }: Registry,
  { id, sdl, remotes, version }: PublishedSupergraph,
): Promise<void> {
  gauge('sotp_gateway_supergraph_version', version)
  // Building a graph takes a while; the one we came with needs none.
  if (remotes.length === 0 && id === generations.current.graph.id) return
  links.expect(
    remotes.map(({ name, url, sealedKey }) => ({
      name,
      url,
      key: box.open(remoteKeyRef(name), sealedKey).reveal(),
    })),
  )
  const before = generations.current
  try {
    await generations.replace(sdl)
  } finally {
    links.closeUnused(generations.current.links)
  }
  if (generations.current !== before) {
    log.info({ version, joined: remotes.map(({ name }) => name) }, 'the published supergraph serves')
  }
}

/** The documents all gateways together are asked for most. @throws Error while they cannot be told */
export async function readTopDocuments(redis: Redis): Promise<UsedDocument[]> {
  const text = await within(redis.get(topDocumentsKey))
  if (text === null) return []
  return topDocuments
    .parse(JSON.parse(text))
    .map(({ text: query, operationName }) => ({ query, operationName: operationName ?? undefined }))
}
