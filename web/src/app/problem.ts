import { CombinedGraphQLErrors, ServerError, ServerParseError } from '@apollo/client/errors'

/** A failed call as the interface shows it. `code` is `extensions.code`, or NETWORK when nothing answered. */
export interface Problem {
  code: string
  message: string
  /** Path of the faulty input field, as `input.address`. */
  field?: string
  requestId?: string
  /** Seconds to wait before trying again, where the server named them. */
  waitSeconds?: number
  /** Of FORBIDDEN: the permission that is missing, as `device.write`. */
  permission?: string
}

interface GraphQLProblem {
  message: string
  extensions?: Readonly<Record<string, unknown>> | undefined
}

const lost = new Set(['UNAUTHENTICATED', 'TOKEN_INVALID'])

/** A call that failed with a problem: what code outside Apollo throws. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  constructor(readonly problem: Problem) {
    super(problem.message)
  }
}

/** Reads one GraphQL error. */
export function problemOfGraphQL({ message, extensions = {} }: GraphQLProblem): Problem {
  const text = (name: string) => {
    const value = extensions[name]
    return typeof value === 'string' && value ? value : undefined
  }
  const field = text('field')
  const permission = text('permission')
  const requestId = text('requestId') ?? text('traceId')
  const waitSeconds = secondsOf(extensions['retryAfterSeconds'], message)
  return {
    code: text('code') ?? 'INTERNAL_SERVER_ERROR',
    message,
    ...(field && { field }),
    ...(permission && { permission }),
    ...(requestId && { requestId }),
    ...(waitSeconds && { waitSeconds }),
  }
}

/** Reads whatever a call threw. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem
  if (CombinedGraphQLErrors.is(error)) {
    const [first] = error.errors
    if (first) return problemOfGraphQL(first)
  }
  if (ServerError.is(error) || ServerParseError.is(error))
    return problemOfAnswer(error.statusCode, error.bodyText)
  return { code: 'NETWORK', message: error instanceof Error ? error.message : String(error) }
}

/** An HTTP answer that was no GraphQL success: its body may still hold GraphQL errors. */
export function problemOfAnswer(status: number, body: string): Problem {
  try {
    const { errors } = JSON.parse(body) as { errors?: GraphQLProblem[] }
    if (errors?.[0]) return problemOfGraphQL(errors[0])
  } catch {
    // Not JSON: a proxy's error page.
  }
  if (status === 401) return { code: 'UNAUTHENTICATED', message: 'Sign in first.' }
  if (status === 429) return { code: 'RATE_LIMITED', message: 'Too many requests; wait a moment.' }
  return { code: 'NETWORK', message: `HTTP ${status}` }
}

/** The message without the path of its field in front: where it is shown already says which field. */
export const withoutPath = ({ message, field }: Problem): string =>
  field && message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message

/** Which of a form's fields a server's error is about, by its path or its code; undefined: the form as a whole. */
export const fieldOfProblem = <Name extends string>(
  { code, field }: Problem,
  fields: readonly Name[],
  byCode: Readonly<Record<string, Name>> = {},
): Name | undefined => fields.find((name) => field === name || field === `input.${name}`) ?? byCode[code]

/** Whether the access token was refused, so that a refresh may help. */
export const isSignedOut = (error: unknown): boolean => lost.has(problemOf(error).code)

function secondsOf(extension: unknown, message: string): number | undefined {
  if (typeof extension === 'number') return extension
  const found = /\b(\d+) ?s(econds?)?\b/.exec(message)
  return found ? Number(found[1]) : undefined
}
