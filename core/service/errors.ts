import { GraphQLError } from 'graphql'
import * as z from 'zod'

import { type ErrorCode, errors } from '../contract/errors.js'
import type { Permission } from '../contract/permissions.js'

interface ErrorOptions {
  cause?: unknown
  /** Public words that replace the catalogue's message: what exactly was wrong. Never a secret. */
  message?: string
  /** Path of the faulty input field, as `input.address`. */
  field?: string
  /** Of FORBIDDEN: what the caller lacks, as `extensions.permission`. */
  permission?: Permission
  /** For logs only. */
  detail?: string
}

/** An error of the catalogue. `extensions.code` is the contract with clients. */
export class SotpError extends Error {
  override readonly name = 'SotpError'
  readonly field: string | undefined
  readonly permission: Permission | undefined
  readonly detail: string | undefined
  constructor(
    readonly code: ErrorCode,
    { cause, message, field, permission, detail }: ErrorOptions = {},
  ) {
    super(message ?? errors[code].message, { cause })
    this.field = field
    this.permission = permission
    this.detail = detail
  }
}

/** Parses `value`. @throws SotpError BAD_USER_INPUT that names the first faulty field below `at`. */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  at = 'input',
): z.infer<Schema> {
  const { data, error } = schema.safeParse(value)
  if (!error) return data
  const issue = error.issues[0]
  const field = [at, ...(issue?.path ?? [])].join('.')
  throw new SotpError('BAD_USER_INPUT', { message: `${field}: ${issue?.message ?? 'not valid'}`, field })
}

/**
 * What a client may see of an error: a SotpError with its code, graphql's own validation errors, and for anything
 * else INTERNAL_SERVER_ERROR with the cause kept for the log.
 */
export function publicError(error: GraphQLError): { error: GraphQLError; internal: unknown } {
  const original = error.originalError
  if (original instanceof SotpError) {
    const extensions = {
      code: original.code,
      retry: errors[original.code].retry,
      ...(original.field && { field: original.field }),
      ...(original.permission && { permission: original.permission }),
    }
    return { error: remake(error, original.message, extensions), internal: original.cause }
  }
  if (original instanceof z.ZodError) {
    const issue = original.issues[0]
    const field = issue?.path.join('.') ?? ''
    return {
      error: remake(error, `${field}: ${issue?.message}`, { code: 'BAD_USER_INPUT', field }),
      internal: undefined,
    }
  }
  if (!original || original instanceof GraphQLError) {
    const code = error.extensions['code'] ?? 'BAD_USER_INPUT'
    return { error: remake(error, error.message, { ...error.extensions, code }), internal: undefined }
  }
  return {
    error: remake(error, errors.INTERNAL_SERVER_ERROR.message, {
      code: 'INTERNAL_SERVER_ERROR',
      retry: true,
    }),
    internal: original,
  }
}

/** The code under which clients get an error that a resolver threw. */
export function codeOf(error: unknown): string {
  if (error instanceof SotpError) return error.code
  if (error instanceof z.ZodError) return 'BAD_USER_INPUT'
  if (error instanceof GraphQLError) return String(error.extensions['code'] ?? 'BAD_USER_INPUT')
  return 'INTERNAL_SERVER_ERROR'
}

const remake = (error: GraphQLError, message: string, extensions: Record<string, unknown>): GraphQLError =>
  new GraphQLError(message, { nodes: error.nodes ?? null, path: error.path ?? null, extensions })
