import { Field, ID, ObjectType, registerEnumType } from 'type-graphql'

import { type ActorKind, type AuditOutcome, actorKind, auditOutcome } from '#core/contract/audit.js'
import { Requires } from '#core/service/authorize.js'
import { BigIntString } from '#core/service/scalars.js'

registerEnumType(auditOutcome.enum, {
  name: 'AuditOutcome',
  description: 'How an act ended.',
  valuesConfig: {
    ALLOWED: { description: 'It was done.' },
    DENIED: { description: 'It was refused for lack of a permission, or of proof of who asks.' },
    FAILED: { description: 'It was not done, for another reason.' },
  },
})

registerEnumType(actorKind.enum, {
  name: 'ActorKind',
  description: 'Who acted.',
  valuesConfig: {
    USER: { description: 'A user who had signed in.' },
    API_TOKEN: { description: 'A program, by an API token of a user.' },
    SYSTEM: { description: 'A part of SOTP itself.' },
    ANONYMOUS: { description: 'Somebody who had not signed in.' },
  },
})

@ObjectType({ description: 'Who acted, as they were called then.' })
@Requires('audit.read')
export class AuditActor {
  @Field(() => actorKind.enum, { description: 'What kind of actor.' })
  kind!: ActorKind

  /** Resolved to the user as they are now. */
  userId!: string | null

  @Field(() => ID, { nullable: true, description: 'Id of the API token; null: it was none.' })
  tokenId!: string | null

  @Field(() => String, {
    description: 'Name and e-mail address as they were then; of somebody unknown, what they claimed.',
  })
  label!: string
}

@ObjectType({ description: 'What was acted on, as it was called then; it may be gone by now.' })
@Requires('audit.read')
export class AuditTarget {
  @Field(() => String, { description: 'Name of its type in this graph, as `Device`; `Field`: a part of it.' })
  type!: string

  @Field(() => ID, { nullable: true, description: 'Its id; null: it has none, or nobody knows.' })
  id!: string | null

  @Field(() => String, { description: 'What it was called.' })
  label!: string
}

@ObjectType({ description: 'Something that was done, refused or failed. It never changes.' })
@Requires('audit.read')
export class AuditEvent {
  @Field(() => ID, { description: 'Identity, a UUID.' })
  id!: string

  @Field(() => BigIntString, { description: 'Its place in the chain: 1, 2, 3 …, without a gap.' })
  seq!: string

  @Field(() => Date, { description: 'When it happened.' })
  at!: Date

  @Field(() => AuditActor, { description: 'Who did it.' })
  actor!: AuditActor

  @Field(() => String, {
    description:
      'What was done: the name of a mutation, `read` for a question that was refused, `credential.use` …',
  })
  action!: string

  @Field(() => AuditTarget, { nullable: true, description: 'On what; null: on nothing that has a name.' })
  target!: AuditTarget | null

  @Field(() => auditOutcome.enum, { description: 'How it ended.' })
  outcome!: AuditOutcome

  @Field(() => String, {
    nullable: true,
    description: 'The error code, or the permission that was missing; null: it was done.',
  })
  reason!: string | null

  @Field(() => String, { nullable: true, description: 'Address of the client; null: nobody knows.' })
  ip!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Id of the request, as in logs; null: there was none.',
  })
  requestId!: string | null

  @Field(() => String, { nullable: true, description: 'Id of the trace, as in logs; null: there was none.' })
  traceId!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'What was changed, as it was before: JSON, without secrets. Null: it was not there.',
  })
  before!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'What was changed, as it was afterwards: JSON, without secrets. Null: it is not there.',
  })
  after!: string | null

  @Field(() => String, {
    description: 'SHA-256, in hexadecimal, over the hash before, its place and all that it says.',
  })
  hash!: string

  @Field(() => String, { description: 'Hash of the event before; 64 zeros for the first one.' })
  previousHash!: string
}
