import * as client from 'openid-client'
import * as z from 'zod'

import { SotpError } from '#core/service/errors.js'
import type { Log } from '#core/service/log.js'

import type { OidcSettings } from './oidc-config.js'

const patienceSeconds = 5
const skewSeconds = 30
/** The provider may move its endpoints; its keys are read again by the library whenever it meets an unknown one. */
const discoveredForMs = 3_600_000

/** What must be the same when the browser comes back (RFC 7636, OpenID Connect Core §3.1.2.1). */
export interface Challenge {
  state: string
  nonce: string
  verifier: string
}

/** What the provider says of whoever signed in; all of it is in ID token or userinfo. */
const claims = z.looseObject({
  iss: z.string().min(1).max(2000),
  // OpenID Connect Core §2: at most 255 ASCII characters.
  sub: z.string().regex(/^[\x20-\x7e]{1,255}$/),
  email: z.string().max(1000).optional().catch(undefined),
  // Some providers write it as text.
  email_verified: z
    .union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])
    .optional()
    .catch(undefined),
  name: z.string().optional().catch(undefined),
  preferred_username: z.string().optional().catch(undefined),
})
export type Claims = z.infer<typeof claims>

export interface Provider {
  /** Where to send a browser. @throws SotpError OIDC_UNAVAILABLE */
  begin(): Promise<{ url: string; challenge: Challenge }>
  /** Redeems a code. @throws SotpError OIDC_FAILED for whatever does not fit, OIDC_UNAVAILABLE */
  complete(answer: URLSearchParams, challenge: Challenge): Promise<Claims>
}

/** An OpenID provider, looked up at first use: one that is down when SOTP starts is asked again by the next sign-in. */
export function openProvider(settings: OidcSettings, log: Log, timeoutSeconds = patienceSeconds): Provider {
  let known: { configuration: client.Configuration; until: number } | undefined
  let looking: Promise<client.Configuration> | undefined

  async function lookUp(): Promise<client.Configuration> {
    const issuer = new URL(settings.issuer)
    // Settings allow plain HTTP within the machine only.
    const insecure = issuer.protocol === 'http:' ? [client.allowInsecureRequests] : []
    const configuration = await client.discovery(
      issuer,
      settings.clientId,
      { [client.clockTolerance]: skewSeconds },
      settings.clientSecret ? client.ClientSecretPost(settings.clientSecret) : client.None(),
      { execute: [client.enableNonRepudiationChecks, ...insecure], timeout: timeoutSeconds },
    )
    known = { configuration, until: Date.now() + discoveredForMs }
    return configuration
  }

  async function discovered(): Promise<client.Configuration> {
    if (known && Date.now() < known.until) return known.configuration
    looking ??= lookUp().finally(() => {
      looking = undefined
    })
    try {
      return await looking
    } catch (error) {
      // Old endpoints are better than none.
      if (known) return known.configuration
      throw unavailable(error)
    }
  }

  const unavailable = (error: unknown) => {
    log.warn({ why: why(error), issuer: settings.issuer }, 'OpenID provider could not be asked')
    return new SotpError('OIDC_UNAVAILABLE')
  }

  return {
    async begin() {
      const configuration = await discovered()
      const challenge = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
      }
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: settings.redirectUri,
        scope: settings.scopes,
        state: challenge.state,
        nonce: challenge.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(challenge.verifier),
        code_challenge_method: 'S256',
      })
      return { url: url.href, challenge }
    },

    async complete(answer, { state, nonce, verifier }) {
      const configuration = await discovered()
      const address = new URL(`${settings.redirectUri}?${answer}`)
      try {
        const tokens = await client.authorizationCodeGrant(configuration, address, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        })
        const token = tokens.claims() ?? {}
        const { sub } = z.object({ sub: z.string() }).parse(token)
        const more = configuration.serverMetadata().userinfo_endpoint
          ? await client.fetchUserInfo(configuration, tokens.access_token, sub)
          : {}
        // What is signed counts more than what is fetched.
        return claims.parse({ ...more, ...token })
      } catch (error) {
        if (isOutage(error)) throw unavailable(error)
        log.warn({ why: why(error), issuer: settings.issuer }, 'answer of the OpenID provider refused')
        throw new SotpError('OIDC_FAILED')
      }
    },
  }
}

/** No connection, no answer in time, or an answer that the provider itself calls its own fault. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof TypeError && error.message === 'fetch failed') return true
  const { code, cause } = error as Error & { code?: string }
  return code === 'OAUTH_TIMEOUT' || (cause instanceof Response && cause.status >= 500)
}

/** Words of an error and of what lies behind it, for the log; the error itself may hold codes and tokens. */
const why = (error: unknown): string => {
  const words: string[] = []
  if (error instanceof client.ResponseBodyError)
    words.push(`${error.error} (${error.error_description?.slice(0, 200) ?? ''})`)
  for (let one = error; one instanceof Error && words.length < 4; one = one.cause) words.push(one.message)
  return words.join(': ')
}
