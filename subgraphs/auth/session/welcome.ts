import type { RequestContext } from '#core/service/request.js'

import { grantViews, permissionScopes } from '../grant/grant.js'
import type { Actor } from './actor.js'
import type { SignedIn } from './sign-in.service.js'
import type { SessionPayload, Viewer } from './viewer.js'

/** Only the GraphQL address gets it, so no other page of the same host ever sees it. */
const cookie = { name: 'sotp_refresh', path: '/graphql' } as const

export function viewerOf({ user, identity, endsAt }: Actor): Viewer {
  const scopes = permissionScopes(identity)
  const permissions = scopes.map(({ permission }) => permission)
  return { user, grants: grantViews(user.grants), permissions, scopes, sessionExpiresAt: endsAt }
}

/** From here on the request is made by whoever signed in: the answer shows them their own account. */
export function welcome(
  { user, session, accessToken, identity, refreshToken, refreshSeconds }: SignedIn,
  context: RequestContext,
): SessionPayload {
  context.identity = identity
  if (refreshToken !== null) {
    context.cookies.set(cookie.name, refreshToken, { maxAgeSeconds: refreshSeconds, path: cookie.path })
  }
  return {
    accessToken,
    expiresAt: new Date(identity.expiresAt),
    viewer: viewerOf({ user, identity, endsAt: session.expiresAt }),
  }
}

/** The refresh token that the client keeps. */
export const refreshTokenOf = ({ cookies }: RequestContext): string | undefined => cookies.get(cookie.name)

/** Makes the client forget its refresh token. */
export function farewell({ cookies }: RequestContext): void {
  cookies.set(cookie.name, null, { maxAgeSeconds: 0, path: cookie.path })
}
