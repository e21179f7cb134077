import { Field, ID, InputType, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import * as z from 'zod'

import type { AuditTarget } from '#core/contract/audit.js'
import type { Permission } from '#core/contract/permissions.js'
import { name } from '../user/user-input.js'

/** What a program shows instead of signing in: the rights of its owner, as far as its scopes go. */
@Entity('api_token')
@ObjectType({
  description:
    'A key for programs, sent as `Authorization: Bearer`. It has the rights of its owner at any time, as far as its scopes go.',
})
export class ApiToken {
  @PrimaryGeneratedColumn('uuid')
  @Field(() => ID, { description: 'Identity, a UUID.' })
  id!: string

  @Column({ type: 'uuid', name: 'account_id' })
  userId!: string

  @Column({ type: 'text' })
  @Field(() => String, { description: 'What it is for, in the words of whoever made it.' })
  name!: string

  @Column({ type: 'text' })
  @Field(() => String, {
    description: 'How its secret begins, to know it again: never more than that is kept.',
  })
  prefix!: string

  /** SHA-256 of the whole secret. */
  @Column({ type: 'bytea' })
  hash!: Buffer

  @Column({ type: 'text', array: true })
  @Field(() => [String], {
    description: 'The only permissions it may use of those its owner has, in alphabetical order.',
  })
  scopes!: Permission[]

  @Column({ type: 'timestamptz', name: 'created_at' })
  @Field(() => Date, { description: 'When it was made.' })
  createdAt!: Date

  @Column({ type: 'uuid', name: 'created_by', nullable: true })
  createdById!: string | null

  @Column({ type: 'timestamptz', name: 'expires_at', nullable: true })
  @Field(() => Date, { nullable: true, description: 'When it ends by itself; null when never.' })
  expiresAt!: Date | null

  @Column({ type: 'timestamptz', name: 'last_used_at', nullable: true })
  @Field(() => Date, {
    nullable: true,
    description: 'When it was last used, to about half a minute; null when never.',
  })
  lastUsedAt!: Date | null

  @Column({ type: 'timestamptz', name: 'revoked_at', nullable: true })
  @Field(() => Date, { nullable: true, description: 'When it was revoked; null while it was not.' })
  revokedAt!: Date | null
}

/** A token as the audit log names it. */
export const tokenTarget = ({ id, name: called, prefix }: ApiToken): AuditTarget => ({
  type: 'ApiToken',
  id,
  label: `${called} (${prefix}…)`,
})

@InputType({ description: 'An API token to be.' })
export class CreateApiTokenInput {
  @Field(() => String, { description: 'What it is for, at most 100 characters.' })
  name!: string

  @Field(() => [String], {
    description:
      'The permissions it may use, at least one; only such as its owner holds. `token.write` can be none of them.',
  })
  scopes!: string[]

  @Field(() => Date, {
    nullable: true,
    description: 'When it shall end by itself, within ten years; null or left out: never.',
  })
  expiresAt?: Date | null

  @Field(() => ID, {
    nullable: true,
    description:
      'Owner: a service account, for which you need `user.write`; left out: yourself. Nobody makes tokens in the name of another person.',
  })
  userId?: string | null
}

export const newApiToken = z.object({
  name,
  scopes: z.array(z.string()).min(1, 'needs at least one permission').max(100, 'are too many'),
  expiresAt: z.date().nullish(),
  userId: z.string().nullish(),
})
export type NewApiToken = z.infer<typeof newApiToken>

@ObjectType({ description: 'A new API token, with its secret.' })
export class CreateApiTokenPayload {
  @Field(() => String, { description: 'The secret: it is shown this once and kept nowhere.' })
  secret!: string

  @Field(() => ApiToken, { description: 'The token.' })
  token!: ApiToken
}
