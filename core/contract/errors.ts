interface ErrorEntry {
  /** HTTP status where the error is the whole answer. */
  status: number
  /** Public text. `{field}` style details are appended by whoever throws, never secrets. */
  message: string
  /** Whether the same call may succeed later without a change. */
  retry: boolean
}

/** The error catalogue: `extensions.code` of every error that leaves the graph. `docs/errors.md` mirrors it. */
export const errors = {
  BAD_USER_INPUT: { status: 400, message: 'The input is not valid.', retry: false },
  BAD_REQUEST: { status: 400, message: 'The request is not a GraphQL request.', retry: false },
  GRAPHQL_PARSE_FAILED: { status: 400, message: 'The document is not GraphQL.', retry: false },
  GRAPHQL_VALIDATION_FAILED: { status: 400, message: 'The document does not fit the schema.', retry: false },
  QUERY_TOO_COMPLEX: { status: 400, message: 'The operation asks for too much at once.', retry: false },
  DOCUMENT_NOT_TRUSTED: { status: 403, message: 'Only registered documents run here.', retry: false },
  // Clients of Apollo know this code, and send the text of the document after it.
  PERSISTED_QUERY_NOT_FOUND: {
    status: 404,
    message: 'No document is registered by this hash.',
    retry: false,
  },
  UNAUTHENTICATED: { status: 401, message: 'Sign in first.', retry: false },
  INVALID_CREDENTIALS: { status: 401, message: 'E-mail or password is wrong.', retry: false },
  SECOND_FACTOR_REQUIRED: {
    status: 401,
    message: 'A code of your authenticator app is needed, too.',
    retry: false,
  },
  OIDC_FAILED: { status: 401, message: 'The sign-in did not succeed; begin it again.', retry: false },
  OIDC_UNAVAILABLE: { status: 503, message: 'The sign-in provider does not answer.', retry: true },
  TOKEN_INVALID: { status: 401, message: 'The token is not valid or has expired.', retry: false },
  FORBIDDEN: { status: 403, message: 'You do not have the permission for this.', retry: false },
  NOT_FOUND: { status: 404, message: 'No such object.', retry: false },
  CONFLICT: { status: 409, message: 'This conflicts with what exists.', retry: false },
  ADDRESS_CONFLICT: { status: 409, message: 'Another device already has this address.', retry: false },
  NAME_CONFLICT: { status: 409, message: 'This name is already taken.', retry: false },
  SCHEMA_INVALID: { status: 400, message: 'The subgraph does not compose with the others.', retry: false },
  SCHEMA_BREAKING: { status: 409, message: 'This would break operations that are in use.', retry: false },
  IN_USE: { status: 409, message: 'It is still in use.', retry: false },
  REGISTRATION_CLOSED: {
    status: 403,
    message: 'Registration is closed; ask an administrator for an account.',
    retry: false,
  },
  RATE_LIMITED: { status: 429, message: 'Too many requests; wait a moment.', retry: true },
  SUBSCRIPTION_TRANSPORT: {
    status: 400,
    message: 'Subscriptions need a WebSocket (graphql-transport-ws) or server-sent events.',
    retry: false,
  },
  SLOW_CONSUMER: {
    status: 429,
    message: 'Events came faster than they were read; subscribe again after the last cursor.',
    retry: true,
  },
  OPERATION_TIMEOUT: { status: 504, message: 'The operation took too long.', retry: true },
  SUBGRAPH_UNAVAILABLE: { status: 503, message: 'A part of the graph does not answer.', retry: true },
  NOT_READY: { status: 503, message: 'SOTP is starting or a part of it is down.', retry: true },
  SECRETS_UNAVAILABLE: {
    status: 503,
    message: 'The store of secrets is sealed or does not answer.',
    retry: true,
  },
  COLLECTOR_UNAVAILABLE: {
    status: 503,
    message: 'No collector answered in time.',
    retry: true,
  },
  INTERNAL_SERVER_ERROR: { status: 500, message: 'Something went wrong on our side.', retry: true },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errors
