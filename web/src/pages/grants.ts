import type { GrantInput, Role } from '../gql/graphql'
import { type Place, roles } from '../parts/permission'

/** Grants while they are edited: the roles that are given, each everywhere (null) or within sites. */
export type GrantValues = { readonly [R in Role]?: readonly string[] | null | undefined }

/** Grants as they are, ready to be edited. Sites that are gone give nothing and fall away. */
export const grantValues = (grants: readonly (Place & { role: Role })[]): GrantValues =>
  Object.fromEntries(
    grants.map(({ role, everywhere, sites }) => [
      role,
      everywhere ? null : (sites ?? []).flatMap((site) => (site ? [site.id] : [])),
    ]),
  )

/** The same as the graph wants them. */
export const grantInputs = (values: GrantValues): GrantInput[] =>
  roles.flatMap((role): GrantInput[] => {
    const sites = values[role]
    if (sites === undefined) return []
    return [sites === null ? { role } : { role, siteIds: [...sites] }]
  })

/** What is missing: any role at all, or the sites of a role; undefined when nothing is. */
export function grantsFault(values: GrantValues): 'none' | 'sites' | undefined {
  const given = Object.values(values).filter((sites) => sites !== undefined)
  if (given.length === 0) return 'none'
  return given.some((sites) => sites?.length === 0) ? 'sites' : undefined
}
