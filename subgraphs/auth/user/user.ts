import { Directive, Field, ID, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'

import type { Grant } from '#core/contract/identity.js'
import { type Role, role } from '#core/contract/permissions.js'
import { Requires } from '#core/service/authorize.js'

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

/** Roles as grants everywhere. */
export const grantsOf = (roles: readonly Role[]): Grant[] => roles.map((role) => ({ role, siteIds: null }))

/** Who may sign in. Everybody sees a user's id, name and activity; the rest is the user's own and `user.read`'s. */
@Entity('account')
@ObjectType({
  description:
    'Somebody who may sign in. Anybody signed in sees the id, the name and whether the user is active; the other fields of another user need the permission `user.read`.',
})
@Directive('@key(fields: "id")')
@Requires('viewer.read')
export class User {
  @PrimaryGeneratedColumn('uuid')
  @Field(() => ID, { description: 'Identity, a UUID.' })
  id!: string

  /** Always lower case: the same mailbox is the same user. */
  @Column({ type: 'text' })
  @Field(() => String, { description: 'E-mail address to sign in with, in lower case, unique.' })
  email!: string

  @Column({ type: 'text' })
  @Field(() => String, { description: 'Name as others see it.' })
  name!: string

  /** PHC string; never leaves this room. */
  @Column({ type: 'text', name: 'password_hash' })
  passwordHash!: string

  @Column({ type: 'boolean' })
  @Field(() => Boolean, { description: 'False once deactivated: the user can no longer sign in.' })
  active!: boolean

  @Column({ type: 'text', array: true })
  @Field(() => [role.enum], { description: 'Roles, at least one.' })
  roles!: Role[]

  @Column({ type: 'timestamptz', name: 'created_at' })
  @Field(() => Date, { description: 'When the user was created.' })
  createdAt!: Date

  @Column({ type: 'timestamptz', name: 'last_login_at', nullable: true })
  @Field(() => Date, {
    nullable: true,
    description: 'When the user last signed in with the password; null when never.',
  })
  lastLoginAt!: Date | null
}
