import type { PermissionListQuery, Role } from '../gql/graphql'
import type { Place } from '../parts/permission'

type Info = PermissionListQuery['permissions'][number]
type Site = NonNullable<Place['sites']>[number]

/** A permission that grants give, and where. */
export interface Held extends Place {
  info: Info
}

/**
 * What grants add up to, by the list of permissions: a role everywhere gives all of its permissions; within sites it
 * gives those on things that belong to a site, there, and those on nothing but oneself.
 */
export function heldBy(grants: readonly (Place & { role: Role })[], permissions: readonly Info[]): Held[] {
  return permissions.flatMap((info): Held[] => {
    const giving = grants.filter(({ role }) => info.roles.includes(role))
    if (giving.length === 0) return []
    if (info.own || giving.some(({ everywhere }) => everywhere))
      return [{ info, everywhere: true, sites: null }]
    if (!info.withinSites) return []
    const sites = new Map<string, Site>()
    for (const site of giving.flatMap((grant) => grant.sites ?? [])) sites.set(site?.id ?? '', site)
    return [{ info, everywhere: false, sites: [...sites.values()] }]
  })
}
