import { Directive, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql'
import * as z from 'zod'
import type { Grant, Identity } from '#core/contract/identity.js'
import { type Permission, permissions, type Role, role } from '#core/contract/permissions.js'
import { Public } from '#core/service/authorize.js'
import { scopeOf } from '#core/service/scope.js'

registerEnumType(role.enum, {
  name: 'Role',
  description: 'What a user may do. A user may hold several roles; their permissions add up.',
  valuesConfig: {
    ADMIN: { description: 'May do everything, users included.' },
    OPERATOR: { description: 'Runs the network: devices, sites, alerts, rules and polls.' },
    AUDITOR: {
      description: 'Sees everything, users and credentials (never secrets) included; changes nothing.',
    },
    VIEWER: { description: 'Sees devices, their telemetry and alerts.' },
  },
})

const grantsMax = 20
/** Together over all grants, because every access token carries them all. */
const sitesMax = 100

/** As given: a role everywhere (`siteIds` null or left out), or within sites. */
const givenGrant = z.object({
  role,
  siteIds: z
    .array(z.uuid('is not the id of a site').toLowerCase())
    .min(1, 'must name a site; leave it out for a grant everywhere')
    .nullish(),
})

/**
 * Grants as they are kept: one for each role, in the catalogue's order, each site once. A role that is given
 * everywhere needs no sites. Whether a site exists is for inventory to say: a grant for one that does not gives nothing.
 */
export const grantList = z
  .array(givenGrant)
  .min(1, 'needs at least one grant; deactivate a user who shall have none')
  .max(grantsMax, `must have at most ${grantsMax} grants`)
  .transform((given): Grant[] =>
    role.options.flatMap((each) => {
      const same = given.filter((one) => one.role === each)
      if (same.length === 0) return []
      const sites = new Set(same.flatMap(({ siteIds }) => siteIds ?? []))
      const everywhere = same.some(({ siteIds }) => !siteIds)
      return [{ role: each, siteIds: everywhere ? null : [...sites].sort() }]
    }),
  )
  .refine((grants) => grants.reduce((sum, { siteIds }) => sum + (siteIds?.length ?? 0), 0) <= sitesMax, {
    message: `may name at most ${sitesMax} sites in all; give the role everywhere instead`,
  })

/** Roles as grants everywhere. */
export const everywhere = (...roles: Role[]): Grant[] => roles.map((one) => ({ role: one, siteIds: null }))

@ObjectType('Site', { description: 'A place where devices are.' })
@Directive('@key(fields: "id", resolvable: false)')
@Public()
export class SiteReference {
  @Field(() => ID, { description: 'Its id.' })
  id!: string
}

const everywhereText = { description: 'Whether it holds everywhere, and not only within `sites`.' }
const sitesText = {
  nullable: 'itemsAndList',
  description:
    'Where it holds; null when everywhere. Null among them: a site that was deleted or that you may not see.',
} as const

@ObjectType('Grant', { description: 'A role, everywhere or within the named sites.' })
@Public()
export class GrantView {
  @Field(() => role.enum, { description: 'The role.' })
  role!: Role

  @Field(() => Boolean, everywhereText)
  everywhere!: boolean

  @Directive('@listSize(assumedSize: 10)')
  @Field(() => [SiteReference], sitesText)
  sites!: SiteReference[] | null
}

@ObjectType({ description: 'A permission somebody holds, and where.' })
@Public()
export class PermissionScope {
  @Field(() => String, { description: 'The permission, as `device.read`.' })
  permission!: string

  @Field(() => String, { description: 'What it allows, in words.' })
  description!: string

  @Field(() => Boolean, everywhereText)
  everywhere!: boolean

  @Directive('@listSize(assumedSize: 20)')
  @Field(() => [SiteReference], sitesText)
  sites!: SiteReference[] | null
}

@InputType({ description: 'A role for a user.' })
export class GrantInput {
  @Field(() => role.enum, { description: 'The role.' })
  role!: Role

  @Field(() => [ID], {
    nullable: true,
    description:
      'Sites within which it shall hold, at most 100 over all grants; null or left out: everywhere. Within sites a role gives what concerns devices, nothing else.',
  })
  siteIds?: string[] | null
}

const siteViews = (ids: Iterable<string>): SiteReference[] => [...ids].map((id) => ({ id }))

/** Grants as the graph shows them. */
export const grantViews = (grants: readonly Grant[]): GrantView[] =>
  grants.map(({ role: one, siteIds }) => ({
    role: one,
    everywhere: siteIds === null,
    sites: siteIds && siteViews(siteIds),
  }))

/** What somebody may do and where, in alphabetical order; permissions held nowhere are left out. */
export function permissionScopes(identity: Identity): PermissionScope[] {
  return (Object.keys(permissions) as Permission[]).sort().flatMap((permission) => {
    const scope = scopeOf(identity, permission)
    if (scope === 'nowhere') return []
    const all = scope === 'everywhere'
    return [
      {
        permission,
        description: permissions[permission],
        everywhere: all,
        sites: all ? null : siteViews(scope),
      },
    ]
  })
}
