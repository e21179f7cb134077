import { createSecretKey } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'

import { type Identity, identity } from '../contract/identity.js'
import { SotpError } from './errors.js'

const issuer = 'sotp-gateway'
const audience = 'sotp-subgraph'
const type = 'sotp-identity+jwt'

/** The other direction: a part of SOTP opens a connection at the gateway and acts for somebody. */
const internal = { issuer: 'sotp-internal', audience: 'sotp-gateway', type: 'sotp-internal+jwt' }

/** Header that carries the signed identity from the gateway to a subgraph in another process. */
export const identityHeader = 'x-sotp-identity'

/** Signs and verifies who asks, between processes. A subgraph answers nobody who cannot show such a signature. */
export interface IdentitySigner {
  /** `null` signs an anonymous request: it comes from the gateway, but from nobody who signed in. */
  sign(who: Identity | null): Promise<string>
  /** @throws SotpError TOKEN_INVALID when it is missing, forged, expired or meant for others. */
  verify(token: string | undefined): Promise<Identity | null>
  /**
   * Signs whom a part of SOTP acts for when it is itself a client of the gateway: connection_init carries it as
   * `{ internal: <token> }`. It lives 60 s, which bounds the handshake; the connection lives until `who.expiresAt`.
   */
  signInternal(who: Identity): Promise<string>
  /** For the gateway. @throws SotpError TOKEN_INVALID when it is missing, forged, expired or meant for a subgraph. */
  verifyInternal(token: string | undefined): Promise<Identity>
}

/** HS256 over the internal key; a signature lives 60 s. */
export function openIdentitySigner(internalKey: string): IdentitySigner {
  const key = createSecretKey(Buffer.from(internalKey))
  return {
    sign: (who) =>
      new SignJWT({ who })
        .setProtectedHeader({ alg: 'HS256', typ: type })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime('60s')
        .sign(key),
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token ?? '', key, {
          algorithms: ['HS256'],
          typ: type,
          issuer,
          audience,
        })
        return identity.nullable().parse(payload['who'])
      } catch (cause) {
        throw new SotpError('TOKEN_INVALID', { cause, message: 'This service answers only the gateway.' })
      }
    },
    signInternal: (who) =>
      new SignJWT({ who })
        .setProtectedHeader({ alg: 'HS256', typ: internal.type })
        .setIssuer(internal.issuer)
        .setAudience(internal.audience)
        .setIssuedAt()
        .setExpirationTime('60s')
        .sign(key),
    async verifyInternal(token) {
      try {
        const { payload } = await jwtVerify(token ?? '', key, {
          algorithms: ['HS256'],
          typ: internal.type,
          issuer: internal.issuer,
          audience: internal.audience,
        })
        return identity.parse(payload['who'])
      } catch (cause) {
        throw new SotpError('TOKEN_INVALID', { cause })
      }
    },
  }
}
