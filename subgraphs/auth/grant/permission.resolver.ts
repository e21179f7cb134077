import { Directive, Query, Resolver } from 'type-graphql'

import { Requires } from '#core/service/authorize.js'

import { PermissionInfo, permissionInfos } from './permission.js'

@Resolver(() => PermissionInfo)
export class PermissionResolver {
  @Directive('@listSize(assumedSize: 40)')
  @Query(() => [PermissionInfo], {
    description:
      'Every permission there is, and which roles give it: what a grant would allow, and whom to ask for what is missing.',
  })
  @Requires('viewer.read')
  permissions(): PermissionInfo[] {
    return permissionInfos()
  }
}
