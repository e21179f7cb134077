import { Directive, Field, InputType, ObjectType } from 'type-graphql'

import { Public } from '#core/service/authorize.js'

import { GrantView, PermissionScope } from '../grant/grant.js'
import { User } from '../user/user.js'

@ObjectType({ description: 'Who asks, and what they may do.' })
@Public({ personal: true })
export class Viewer {
  @Field(() => User, { description: 'The user who is signed in.' })
  user!: User

  @Directive('@listSize(assumedSize: 2)')
  @Field(() => [GrantView], { description: 'Roles and where they hold, as they are now.' })
  grants!: GrantView[]

  @Field(() => [String], {
    description: 'Permissions held anywhere, as `device.read`, in alphabetical order; `scopes` says where.',
  })
  permissions!: string[]

  @Directive('@listSize(assumedSize: 30)')
  @Field(() => [PermissionScope], {
    description:
      'Each permission held, and where: what the grants give, or what of it the API token may use.',
  })
  scopes!: PermissionScope[]

  @Field(() => Date, {
    nullable: true,
    description:
      'When the session ends unless it is used again before; null for an API token that never ends.',
  })
  sessionExpiresAt!: Date | null
}

@ObjectType({ description: 'A fresh access token. The refresh token travels only as an HttpOnly cookie.' })
@Public({ personal: true })
export class SessionPayload {
  @Field(() => String, {
    description: 'JSON Web Token for the header `Authorization: Bearer`, and for connection_init.',
  })
  accessToken!: string

  @Field(() => Date, { description: 'When the access token ends; ask `refreshSession` before.' })
  expiresAt!: Date

  @Field(() => Viewer, { description: 'Who is signed in now.' })
  viewer!: Viewer
}

@InputType({ description: 'E-mail and password of a user, and a code where a second factor is set up.' })
export class LoginInput {
  @Field(() => String, { description: 'E-mail address; case does not matter.' })
  email!: string

  @Field(() => String, { description: 'Password.' })
  password!: string

  @Field(() => String, {
    nullable: true,
    description: 'A code of the authenticator app, or a recovery code; left out by whoever has none.',
  })
  code?: string | null
}

@InputType({ description: 'An account for oneself, with the role VIEWER.' })
export class RegisterInput {
  @Field(() => String, { description: 'E-mail address to sign in with; no other user may have it.' })
  email!: string

  @Field(() => String, { description: 'Name as others see it, at most 100 characters.' })
  name!: string

  @Field(() => String, {
    description: '12 to 128 characters, and none of the passwords that are guessed first.',
  })
  password!: string
}

@InputType({ description: 'The password that is, and the one that shall be.' })
export class ChangePasswordInput {
  @Field(() => String, { description: 'Current password.' })
  current!: string

  @Field(() => String, {
    description: 'New one: 12 to 128 characters, none of those that are guessed first.',
  })
  next!: string

  @Field(() => String, {
    nullable: true,
    description: 'A code of the authenticator app, or a recovery code; left out by whoever has none.',
  })
  code?: string | null
}
