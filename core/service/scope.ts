import type { Identity } from '../contract/identity.js'
import { ownPermissions, type Permission, rolePermissions, sitePermissions } from '../contract/permissions.js'

/** Where a permission holds: everywhere, within these sites (by id), or nowhere. */
export type Scope = 'everywhere' | 'nowhere' | ReadonlySet<string>

/** Where somebody holds a permission, by all their grants together. */
export function scopeOf(identity: Identity | null, permission: Permission): Scope {
  if (!identity || (identity.scopes && !identity.scopes.includes(permission))) return 'nowhere'
  const sites = new Set<string>()
  for (const { role, siteIds } of identity.grants) {
    if (!rolePermissions[role].includes(permission)) continue
    if (siteIds === null || ownPermissions.has(permission)) return 'everywhere'
    if (sitePermissions.has(permission)) for (const id of siteIds) sites.add(id)
  }
  return sites.size > 0 ? sites : 'nowhere'
}

/** Whether the permission holds for something at a site; null is the site of what belongs to none. */
export const covers = (scope: Scope, siteId: string | null): boolean =>
  scope === 'everywhere' || (scope !== 'nowhere' && siteId !== null && scope.has(siteId))

/** For SQL: the sites of a scope, or null for everywhere. `($1::uuid[] IS NULL OR site_id = ANY($1))` */
export const siteIdsOf = (scope: Scope): string[] | null =>
  scope === 'everywhere' ? null : scope === 'nowhere' ? [] : [...scope]

/** The same scope always gives the same text, whatever the order of grants and sites. */
export const scopeText = (scope: Scope): string =>
  scope === 'everywhere' ? '*' : scope === 'nowhere' ? '-' : [...scope].sort().join(' ')
