import { Field, ID, InputType } from 'type-graphql'
import * as z from 'zod'

import { type Role, role } from '#core/contract/permissions.js'

import { GrantInput, grantList } from '../grant/grant.js'
import { newPassword } from './password-policy.js'
import { type UserKind, userKind } from './user.js'

/** An address as stored: lower case, so that one mailbox is one user. */
export const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, 'is too long')
  .pipe(z.email('is not an e-mail address'))

export const name = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(100, 'must have at most 100 characters')
  .regex(/^\P{Cc}*$/u, 'must not contain control characters')

export const newUser = z.object({ email, name, password: newPassword, grants: grantList })
export type NewUser = z.infer<typeof newUser>
export const registration = newUser.omit({ grants: true })
export const newServiceAccount = z.object({ name, grants: grantList })
export type NewServiceAccount = z.infer<typeof newServiceAccount>
export const userChange = z.object({
  id: z.string(),
  name: name.nullish(),
  email: email.nullish(),
  active: z.boolean().nullish(),
})
export type UserChange = z.infer<typeof userChange>

@InputType({ description: 'Which users; what is left out does not matter.' })
export class UserFilter {
  @Field(() => String, {
    nullable: true,
    description: 'Part of the name or of the e-mail address; case does not matter.',
  })
  search?: string | null

  @Field(() => role.enum, {
    nullable: true,
    description: 'Only users that hold this role, everywhere or within sites.',
  })
  role?: Role | null

  @Field(() => userKind.enum, { nullable: true, description: 'Only people, or only programs.' })
  kind?: UserKind | null

  @Field(() => Boolean, { nullable: true, description: 'Only active, or only deactivated users.' })
  active?: boolean | null
}

export const userFilter = z.object({
  search: z.string().trim().max(200, 'must have at most 200 characters').nullish(),
  role: role.nullish(),
  kind: userKind.nullish(),
  active: z.boolean().nullish(),
})

@InputType({ description: 'A new user, made by an administrator.' })
export class CreateUserInput {
  @Field(() => String, { description: 'E-mail address to sign in with; no other user may have it.' })
  email!: string

  @Field(() => String, { description: 'Name as others see it, at most 100 characters.' })
  name!: string

  @Field(() => String, {
    description: '12 to 128 characters, and none of the passwords that are guessed first.',
  })
  password!: string

  @Field(() => [GrantInput], { description: 'What the user may do; at least one grant.' })
  grants!: GrantInput[]
}

@InputType({ description: 'A new service account: a user for a program.' })
export class CreateServiceAccountInput {
  @Field(() => String, { description: 'Name as others see it, at most 100 characters.' })
  name!: string

  @Field(() => [GrantInput], { description: 'What the program may do; at least one grant.' })
  grants!: GrantInput[]
}

@InputType({ description: 'What shall change of a user; what is left out or null stays.' })
export class UpdateUserInput {
  @Field(() => ID, { description: 'Id of the user.' })
  id!: string

  @Field(() => String, { nullable: true, description: 'Name as others see it, at most 100 characters.' })
  name?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'E-mail address to sign in with; no other user may have it.',
  })
  email?: string | null

  @Field(() => Boolean, {
    nullable: true,
    description:
      'False deactivates as `deactivateUser` does; true lets the user sign in again. Sessions and API tokens do not come back.',
  })
  active?: boolean | null
}
