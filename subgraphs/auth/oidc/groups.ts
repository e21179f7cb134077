import type { Grant } from '#core/contract/identity.js'

import { everywhere, grantList } from '../grant/grant.js'
import type { OidcSettings } from './oidc-config.js'

/** Groups that the provider names: a list of texts, or a single one. Anything else is none. */
export function groupsOf(claims: Readonly<Record<string, unknown>>, path: string): string[] {
  const value = Object.hasOwn(claims, path) ? claims[path] : path.split('.').reduce<unknown>(member, claims)
  const list = Array.isArray(value) ? value : [value]
  return list.filter((one): one is string => typeof one === 'string')
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined

/** One grant for each role: however many groups give it, it is held once. */
export const merged = (grants: readonly Grant[]): Grant[] =>
  [...Map.groupBy(grants, ({ role }) => role)].map(([role, same]) => ({
    role,
    siteIds: same.some(({ siteIds }) => siteIds === null)
      ? null
      : same.flatMap(({ siteIds }) => siteIds ?? []),
  }))

/**
 * What these groups give, or else the default role. None: no role at all, so no sign-in. Undefined: nobody mapped any
 * group, so what users hold is decided here, and the default role is only what they begin with.
 */
export function grantsOf(
  groups: readonly string[],
  { roles, defaultRole }: Pick<OidcSettings, 'roles' | 'defaultRole'>,
): Grant[] | undefined {
  if (roles.length === 0) return undefined
  const given = roles.filter(({ group }) => groups.includes(group)).map(({ grant }) => grant)
  if (given.length > 0) return grantList.parse(merged(given))
  return defaultRole ? everywhere(defaultRole) : []
}
