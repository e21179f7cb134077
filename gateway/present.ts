import { GraphQLError, type GraphQLFormattedError } from 'graphql'

import { type ErrorCode, errors } from '#core/contract/errors.js'
import { SotpError } from '#core/service/errors.js'
import type { Log } from '#core/service/log.js'
import { currentTraceId } from '#core/service/trace.js'

import { withoutValues } from './quoted.js'

/** Codes of Apollo and graphql-js, in words of our catalogue. */
const translated: Readonly<Record<string, ErrorCode>> = {
  OPERATION_RESOLUTION_FAILURE: 'BAD_REQUEST',
  INVALID_GRAPHQL: 'GRAPHQL_VALIDATION_FAILED',
  // The protocol of automatic persisted queries knows this one; clients fall back to sending the whole document.
  PERSISTED_QUERY_NOT_SUPPORTED: 'BAD_REQUEST',
}

const isCode = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(errors, code)

/** The catalogue's code of an error, and whether the error itself may be shown. */
function codeOf(error: GraphQLFormattedError, original: unknown): { code: ErrorCode; shown: boolean } {
  if (original instanceof SotpError) return { code: original.code, shown: true }
  const given = error.extensions?.['code']
  const code = isCode(given) ? given : translated[String(given)]
  if (!code || code === 'INTERNAL_SERVER_ERROR') return { code: 'INTERNAL_SERVER_ERROR', shown: false }
  return { code, shown: true }
}

/** Ours are written for clients. Those of graphql-js quote values. */
const wordsOf = (message: string, original: unknown): string =>
  original instanceof SotpError ? message : withoutValues(message)

const kept = ['field', 'permission', 'subgraph', 'cost', 'limit', 'retryAfterSeconds'] as const

/**
 * What a client may see of an error: its code from the catalogue, its place, and its words where they are meant for
 * clients. All else becomes INTERNAL_SERVER_ERROR.
 */
export function present(error: GraphQLFormattedError, original: unknown = error): GraphQLFormattedError {
  const inner = original instanceof GraphQLError ? (original.originalError ?? original) : original
  const { code, shown } = codeOf(error, inner)
  const extensions: Record<string, unknown> = { code, retry: errors[code].retry }
  for (const name of kept) {
    const value =
      error.extensions?.[name] ?? (inner instanceof SotpError && name === 'field' ? inner.field : undefined)
    if (value !== undefined) extensions[name] = value
  }
  return {
    message: shown ? wordsOf(error.message, inner) : errors[code].message,
    ...(error.locations && { locations: error.locations }),
    ...(error.path && { path: error.path }),
    extensions,
  }
}

export const isInternal = ({ extensions }: GraphQLFormattedError): boolean =>
  extensions?.['code'] === 'INTERNAL_SERVER_ERROR'

/** Whether the log says more than the client is told: a fault of ours, or a subgraph that does not answer. */
export const isLogged = (error: GraphQLFormattedError): boolean =>
  isInternal(error) || error.extensions?.['code'] === 'SUBGRAPH_UNAVAILABLE'

/** Adds to errors that the log explains by what they are found there: the ids of request and trace. */
export function traceable(error: GraphQLFormattedError, requestId: string): GraphQLFormattedError {
  if (!isLogged(error)) return error
  const traceId = currentTraceId()
  const ids = { requestId, ...(traceId !== undefined && { traceId }) }
  return { ...error, extensions: { ...error.extensions, ...ids } }
}

/** Presents any thrown thing as one error of a GraphQL answer. */
export function presentThrown(thrown: unknown): GraphQLFormattedError {
  const error =
    thrown instanceof GraphQLError
      ? thrown
      : new GraphQLError(thrown instanceof Error ? thrown.message : String(thrown), {
          originalError: thrown instanceof Error ? thrown : null,
        })
  return present(error.toJSON(), error)
}

/** HTTP status of an answer without data: that of its first error. */
export const statusOf = (found: readonly GraphQLFormattedError[]): number => {
  const code = found[0]?.extensions?.['code']
  return isCode(code) ? errors[code].status : 500
}

/**
 * A field that may not be null had no value, because an object that one subgraph refers to is not known (any more) by
 * another. The executor files this under `valueCompletion` and leaves `errors` empty, which would be an answer with
 * holes and no reason.
 */
export function completionErrors(
  extensions: Readonly<Record<string, unknown>> | undefined,
): GraphQLFormattedError[] {
  const found = extensions?.['valueCompletion']
  if (!Array.isArray(found)) return []
  return (found as GraphQLError[]).slice(0, completionErrorsMax).map(({ path }) => ({
    message: 'This refers to an object that does not exist, or not any more.',
    ...(path && { path }),
    extensions: { code: 'NOT_FOUND', retry: false },
  }))
}
const completionErrorsMax = 20

/** Logs what a client is not told. */
export function logInternal(log: Log, error: unknown, requestId: string): void {
  const cause = error instanceof GraphQLError ? (error.originalError ?? error) : error
  log.error({ err: cause, requestId }, 'request failed')
}
