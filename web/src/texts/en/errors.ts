/** Public texts of error codes. The server says them in English; here they follow the language of the page. */
export const errors = {
  BAD_USER_INPUT: 'The input is not valid.',
  UNAUTHENTICATED: 'Sign in first.',
  INVALID_CREDENTIALS: 'E-mail or password is wrong.',
  TOKEN_INVALID: 'Your session has ended.',
  FORBIDDEN: 'You do not have the permission for this.',
  NOT_FOUND: 'No such object.',
  CONFLICT: 'This conflicts with what exists.',
  ADDRESS_CONFLICT: 'Another device already has this address.',
  NAME_CONFLICT: 'This name is already taken.',
  IN_USE: 'It is still in use.',
  RATE_LIMITED: 'Too many requests; wait a moment.',
  SUBGRAPH_UNAVAILABLE: 'A part of SOTP does not answer.',
  NOT_READY: 'SOTP is starting, or a part of it is down.',
  INTERNAL_SERVER_ERROR: 'Something went wrong on our side.',
  NETWORK: 'SOTP does not answer. Is it running, and is the network up?',
} as const
