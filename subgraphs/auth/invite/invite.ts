import { Directive, Field, ID, InputType, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import * as z from 'zod'

import type { Grant } from '#core/contract/identity.js'
import { Public, Requires } from '#core/service/authorize.js'

import { GrantInput, GrantView, grantList } from '../grant/grant.js'
import { newPassword } from '../user/password-policy.js'
import { email, name } from '../user/user-input.js'

/** An account that an administrator offers to an e-mail address; whoever shows its secret may take it, once. */
@Entity('invite')
@ObjectType({ description: 'An account offered to somebody, who chooses name and password.' })
@Requires('user.write')
export class Invite {
  @PrimaryGeneratedColumn('uuid')
  @Field(() => ID, { description: 'Identity, a UUID.' })
  id!: string

  @Column({ type: 'text' })
  @Field(() => String, { description: 'E-mail address that the user will sign in with.' })
  email!: string

  @Column({ type: 'jsonb' })
  @Directive('@listSize(assumedSize: 2)')
  @Field(() => [GrantView], { description: 'What the user will be able to do, and where.' })
  grants!: Grant[]

  /** SHA-256 of the secret. */
  @Column({ type: 'bytea' })
  hash!: Buffer

  @Column({ type: 'timestamptz', name: 'created_at' })
  @Field(() => Date, { description: 'When it was made.' })
  createdAt!: Date

  @Column({ type: 'uuid', name: 'created_by', nullable: true })
  createdById!: string | null

  @Column({ type: 'timestamptz', name: 'expires_at' })
  @Field(() => Date, { description: 'When it ends unless it is accepted before: a week after it was made.' })
  expiresAt!: Date

  @Column({ type: 'timestamptz', name: 'accepted_at', nullable: true })
  @Field(() => Date, { nullable: true, description: 'When it was accepted; null when it was not.' })
  acceptedAt!: Date | null

  @Column({ type: 'timestamptz', name: 'revoked_at', nullable: true })
  @Field(() => Date, { nullable: true, description: 'When it was revoked; null when it was not.' })
  revokedAt!: Date | null
}

@ObjectType({ description: 'What an invited person sees before they have an account.' })
@Public()
export class InvitePreview {
  @Field(() => String, { description: 'E-mail address they will sign in with.' })
  email!: string

  @Field(() => Date, { description: 'When the invite ends.' })
  expiresAt!: Date
}

@InputType({ description: 'An invite to be.' })
export class CreateInviteInput {
  @Field(() => String, { description: 'E-mail address of whoever is invited; no user may have it.' })
  email!: string

  @Field(() => [GrantInput], { description: 'What the user will be able to do; at least one grant.' })
  grants!: GrantInput[]
}
export const newInvite = z.object({ email, grants: grantList })
export type NewInvite = z.infer<typeof newInvite>

@ObjectType({ description: 'A new invite, with its secret.' })
@Requires('user.write')
export class CreateInvitePayload {
  @Field(() => String, {
    description:
      'The secret: it is shown this once. Whoever has it may make the account, so hand it to nobody else.',
  })
  secret!: string

  @Field(() => Invite, { description: 'The invite.' })
  invite!: Invite
}

@InputType({ description: 'Who accepts an invite.' })
export class AcceptInviteInput {
  @Field(() => String, { description: 'The secret of the invite.' })
  secret!: string

  @Field(() => String, { description: 'Name as others see it, at most 100 characters.' })
  name!: string

  @Field(() => String, {
    description: '12 to 128 characters, and none of the passwords that are guessed first.',
  })
  password!: string
}
export const acceptance = z.object({
  secret: z.string().max(200, 'is too long'),
  name,
  password: newPassword,
})
