import { Directive, Field, ID, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import * as z from 'zod'

import type { AuditTarget } from '#core/contract/audit.js'
import type { Grant } from '#core/contract/identity.js'
import { Requires } from '#core/service/authorize.js'

import { GrantView } from '../grant/grant.js'

/** A person signs in; a program has API tokens only. */
export const userKind = z.enum(['HUMAN', 'SERVICE'])
export type UserKind = z.infer<typeof userKind>

registerEnumType(userKind.enum, {
  name: 'UserKind',
  description: 'What a user is.',
  valuesConfig: {
    HUMAN: { description: 'A person, who signs in.' },
    SERVICE: { description: 'A program: it cannot sign in, only use its API tokens.' },
  },
})

/** SQL condition on `account`: who may change users and can sign in to do it. */
export const isAdministrator = `active AND kind = 'HUMAN' AND grants @> '[{"role": "ADMIN", "siteIds": null}]'`

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

  @Column({ type: 'text' })
  @Field(() => userKind.enum, { description: 'Whether it is a person or a program.' })
  kind!: UserKind

  /** Always lower case: the same mailbox is the same user. */
  @Column({ type: 'text' })
  @Field(() => String, {
    description: 'E-mail address to sign in with, in lower case, unique. That of a program is no mailbox.',
  })
  email!: string

  @Column({ type: 'text' })
  @Field(() => String, { description: 'Name as others see it.' })
  name!: string

  /** PHC string; never leaves this room. Null for a program, and for whoever signs in elsewhere only. */
  @Column({ type: 'text', name: 'password_hash', nullable: true })
  passwordHash!: string | null

  @Column({ type: 'boolean' })
  @Field(() => Boolean, { description: 'False once deactivated: the user can no longer sign in.' })
  active!: boolean

  @Column({ type: 'jsonb' })
  @Directive('@listSize(assumedSize: 2)')
  @Field(() => [GrantView], {
    description:
      'What the user may do, and where. None for whoever lost the last group that gave them a role.',
  })
  grants!: Grant[]

  @Column({ type: 'timestamptz', name: 'created_at' })
  @Field(() => Date, { description: 'When the user was created.' })
  createdAt!: Date

  @Column({ type: 'timestamptz', name: 'last_login_at', nullable: true })
  @Field(() => Date, {
    nullable: true,
    description: 'When the user last signed in; null when never.',
  })
  lastLoginAt!: Date | null
}

/** A user as the audit log names it. */
export const targetOf = ({ id, name, email }: Pick<User, 'id' | 'name' | 'email'>): AuditTarget => ({
  type: 'User',
  id,
  label: `${name} <${email}>`,
})

/** What of a user is worth remembering before and after a change. */
export const seenUser = ({ name, email, active, grants }: User) => ({ name, email, active, grants })
