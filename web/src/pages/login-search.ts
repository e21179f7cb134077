import { defined, flagOf, type RawSearch, textOf } from '../app/search'

export interface LoginSearch {
  /** Where to go after signing in. */
  next?: string
  /** The session ended by itself. */
  expired?: true
}

export const loginSearch = (raw: RawSearch): LoginSearch =>
  defined({ next: textOf(raw['next'], 2_000), expired: flagOf(raw['expired']) })

/** What an identity provider sends back (RFC 6749 section 4.1.2, RFC 9207): a code, or why there is none. */
export interface OidcSearch {
  code?: string
  state?: string
  iss?: string
  error?: string
  error_description?: string
}

export const oidcSearch = (raw: RawSearch): OidcSearch =>
  defined({
    code: textOf(raw['code'], 4_000),
    state: textOf(raw['state'], 4_000),
    iss: textOf(raw['iss'], 2_000),
    error: textOf(raw['error'], 200),
    error_description: textOf(raw['error_description'], 500),
  })
