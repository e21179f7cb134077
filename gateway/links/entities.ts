import type { GraphQLFormattedError } from 'graphql'

import { count, observeSize } from '#core/service/metrics.js'
import { emptyCookieJar } from '#core/service/request.js'
import type { SubgraphRequest } from '#core/service/subgraph.js'

import { copy } from './copy.js'
import type { ClientContext, SubgraphLink, SubgraphResult } from './link.js'
import { rightsKey } from './rights.js'
import { withoutName } from './share.js'

/** A joint call is closed for newcomers at this size, so that one slow giant does not hold up everybody. */
const batchMax = 500

interface Waiter {
  /** Place of each of its representations among those of the call. */
  places: number[]
  resolve(result: SubgraphResult): void
}

interface Batch {
  request: SubgraphRequest
  client: ClientContext
  places: Map<string, number>
  representations: unknown[]
  waiters: Waiter[]
}

/**
 * Joins `_entities` calls: those of one tick that ask the same fields for the same view become one call, in which each
 * entity is asked for once. Errors go back to whoever asked for the entity they speak of. Nothing is kept after the
 * answer, so every later call reads afresh. All other operations pass through.
 */
export function joinEntities(link: SubgraphLink): SubgraphLink {
  const open = new Map<string, Batch>()

  async function send(key: string, batch: Batch): Promise<void> {
    if (open.get(key) === batch) open.delete(key)
    const { request, client, representations, waiters } = batch
    count('sotp_gateway_entity_calls_total', { subgraph: link.name })
    observeSize('sotp_gateway_entity_batch', batch.representations.length, { subgraph: link.name })
    const variables = { ...request.variables, representations }
    const result = await link.execute({ query: request.query, variables }, client)
    distribute(result, waiters)
  }

  function join(request: SubgraphRequest, wanted: unknown[], client: ClientContext): Promise<SubgraphResult> {
    const { representations: _, ...variables } = request.variables ?? {}
    const query = withoutName(request.query)
    const key = `${rightsKey(client.identity)}\n${JSON.stringify(variables)}\n${query}`
    let batch = open.get(key)
    if (!batch || batch.representations.length >= batchMax) {
      const fresh: Batch = {
        request: { query, variables },
        client: { ...client, cookies: emptyCookieJar },
        places: new Map(),
        representations: [],
        waiters: [],
      }
      batch = fresh
      open.set(key, fresh)
      setImmediate(() => void send(key, fresh))
    }
    const places = wanted.map((representation) => placeOf(representation, batch))
    count('sotp_gateway_entities_total', { subgraph: link.name }, wanted.length)
    return new Promise((resolve) => batch.waiters.push({ places, resolve }))
  }

  return {
    name: link.name,
    execute(request, client) {
      const representations = request.variables?.['representations']
      if (!Array.isArray(representations)) return link.execute(request, client)
      return join(request, representations, client)
    },
    subscribe: (request, client) => link.subscribe(request, client),
    [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
  }
}

function placeOf(representation: unknown, { places, representations }: Batch): number {
  const text = JSON.stringify(representation)
  const known = places.get(text)
  if (known !== undefined) return known
  representations.push(representation)
  places.set(text, representations.length - 1)
  return representations.length - 1
}

function distribute({ data, errors }: SubgraphResult, waiters: readonly Waiter[]): void {
  const entities = data?.['_entities']
  const { ofAll, byPlace } = sortErrors(errors ?? [])
  const given = new Set<number>()
  for (const { places, resolve } of waiters) {
    const own = places.flatMap((place, index) =>
      (byPlace.get(place) ?? []).map((error) => ({
        ...formatted(error),
        path: ['_entities', index, ...(error.path ?? []).slice(2)],
      })),
    )
    const told = [...ofAll, ...own]
    resolve({
      data: Array.isArray(entities)
        ? { _entities: places.map((place) => handOut(entities, place, given)) }
        : null,
      ...(told.length > 0 && { errors: told }),
    })
  }
}

/** The executor writes into what it gets, so only the first taker gets the entity itself, all others a copy. */
function handOut(entities: unknown[], place: number, given: Set<number>): unknown {
  if (given.has(place)) return copy(entities[place])
  given.add(place)
  // The first taker's writes happen after every copy was made: resolve() only schedules them.
  return entities[place]
}

const formatted = ({ message, extensions }: GraphQLFormattedError): GraphQLFormattedError => ({
  message,
  ...(extensions && { extensions }),
})

function sortErrors(errors: readonly GraphQLFormattedError[]): {
  ofAll: GraphQLFormattedError[]
  byPlace: Map<number, GraphQLFormattedError[]>
} {
  const ofAll: GraphQLFormattedError[] = []
  const byPlace = new Map<number, GraphQLFormattedError[]>()
  for (const error of errors) {
    const place = error.path?.[0] === '_entities' ? error.path[1] : undefined
    if (typeof place !== 'number') ofAll.push(error)
    else byPlace.set(place, [...(byPlace.get(place) ?? []), error])
  }
  return { ofAll, byPlace }
}
