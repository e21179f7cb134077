import type { GraphQLError } from 'graphql'

import type { Admitted, Documents } from '../documents.js'
import type { ClientContext } from '../links/link.js'
import type { Rate } from './rate.js'

/** Points of a request that was refused: reading it was work, too. */
const refusedCost = 10

/** An operation that may run now: its points are taken. */
export interface Admission extends Admitted {
  /** Text of the document, also where the request named it by its hash. */
  query: string
  operationName: string | undefined
  variables: Record<string, unknown>
  /** Points the client has left in this minute; null: it has no bound. */
  remaining: number | null
}

/**
 * Everything that must hold before an operation is planned: that its client has points left, that the document is one
 * it may run, that it keeps the limits, and that its points are given. Undefined when the request has no document.
 */
export function admitRequest(
  { documents, rate }: { documents: Documents; rate: Rate },
  request: Readonly<Record<string, unknown>>,
  client: ClientContext,
): { refused: readonly GraphQLError[] } | Admission | undefined {
  // Whoever has nothing left is not even read.
  const entry = rate.admitCost(client, 1)
  if ('refused' in entry) return { refused: [entry.refused] }
  const named = documents.textOf(request)
  if ('refused' in named) return { refused: [named.refused] }
  const { query } = named
  if (query === undefined) return undefined
  const name = request['operationName']
  const operationName = typeof name === 'string' && name !== '' ? name : undefined
  const given = request['variables'] ?? {}
  const admitted = documents.admit({ query, operationName, variables: given }, client)
  if ('refused' in admitted) {
    rate.charge(client, refusedCost - 1)
    return admitted
  }
  const paid = rate.admitCost(client, admitted.cost - 1)
  if ('refused' in paid) return { refused: [paid.refused] }
  // Anything but an object was refused.
  const variables = given as Record<string, unknown>
  return { ...admitted, query, operationName, variables, remaining: paid.remaining }
}

/** The header `x-sotp-cost`: points of the operation, and what the client has left in this minute. */
export const costHeader = ({ cost, remaining }: Admission): string =>
  remaining === null ? `${cost}` : `${cost};remaining=${remaining}`
