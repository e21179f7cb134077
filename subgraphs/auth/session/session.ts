import { Field, ID, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'

import { Requires } from '#core/service/authorize.js'

/** One sign-in on one client, alive until it is ended, not used for too long, or its refresh token was stolen. */
@Entity('session')
@ObjectType({ description: 'One sign-in on one client, kept alive by its refresh cookie.' })
@Requires('viewer.read', { personal: true })
export class Session {
  @PrimaryGeneratedColumn('uuid')
  @Field(() => ID, { description: 'Identity, a UUID.' })
  id!: string

  @Column({ type: 'uuid', name: 'account_id' })
  userId!: string

  @Column({ type: 'timestamptz', name: 'created_at' })
  @Field(() => Date, { description: 'When the user signed in.' })
  createdAt!: Date

  @Column({ type: 'timestamptz', name: 'last_used_at' })
  @Field(() => Date, { description: 'When the client last asked for an access token.' })
  lastUsedAt!: Date

  @Column({ type: 'timestamptz', name: 'expires_at' })
  @Field(() => Date, { description: 'When it ends unless it is used again before.' })
  expiresAt!: Date

  @Column({ type: 'timestamptz', name: 'revoked_at', nullable: true })
  @Field(() => Date, {
    nullable: true,
    description: 'When it was ended before its time; null while it lives.',
  })
  revokedAt!: Date | null

  @Column({ type: 'text', name: 'user_agent', nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'What the client called itself; null when it did not say.',
  })
  userAgent!: string | null

  @Column({ type: 'text', nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'Address the client last came from; null when not known.',
  })
  ip!: string | null
}
