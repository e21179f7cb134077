import { Field, ObjectType } from 'type-graphql'

import {
  ownPermissions,
  type Permission,
  permissions,
  type Role,
  role,
  rolePermissions,
  sitePermissions,
} from '#core/contract/permissions.js'
import { Requires } from '#core/service/authorize.js'

@ObjectType({ description: 'Something that may or may not be allowed, and which roles allow it.' })
@Requires('viewer.read')
export class PermissionInfo {
  @Field(() => String, { description: 'Its name, as `device.read`.' })
  name!: Permission

  @Field(() => String, { description: 'What it allows, in words.' })
  description!: string

  @Field(() => [role.enum], { description: 'The roles that give it.' })
  roles!: Role[]

  @Field(() => Boolean, {
    description:
      'Whether a grant within sites gives it, too, for what belongs to those sites. Otherwise only a grant everywhere does.',
  })
  withinSites!: boolean

  @Field(() => Boolean, {
    description: 'Whether it concerns nothing but oneself: any grant of its roles gives it, sites or not.',
  })
  own!: boolean
}

const infos: readonly PermissionInfo[] = (Object.keys(permissions) as Permission[]).map((name) => ({
  name,
  description: permissions[name],
  roles: role.options.filter((each) => rolePermissions[each].includes(name)),
  withinSites: sitePermissions.has(name),
  own: ownPermissions.has(name),
}))

/** Every permission there is, as the graph tells it: the list of `core/contract/permissions.ts`, and nothing of its own. */
export const permissionInfos = (): PermissionInfo[] => [...infos]
