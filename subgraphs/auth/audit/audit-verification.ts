import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql'

import { Requires } from '#core/service/authorize.js'
import { BigIntString } from '#core/service/scalars.js'
import { type AuditFaultReason, auditFaultReason } from '#db/audit/fault.js'

registerEnumType(auditFaultReason.enum, {
  name: 'AuditFaultReason',
  description: 'What was done to the audit log.',
  valuesConfig: {
    EDITED: { description: 'The event says something else than when it was written.' },
    MISSING: { description: 'Events that stood here were deleted.' },
    REORDERED: { description: 'The event stood at another place when it was written.' },
    TRUNCATED: { description: 'The log was cut off here: it is known that more followed.' },
    FORGED: {
      description:
        'The chain was made anew up to here, or went on without SOTP: it is not what SOTP remembers or signed.',
    },
  },
})

@ObjectType({ description: 'The first place at which the audit log is not as it was written.' })
@Requires('audit.read')
export class AuditFault {
  @Field(() => BigIntString, { description: 'Place in the chain.' })
  seq!: string

  @Field(() => ID, { nullable: true, description: 'Id of the event that stands there now; null: none does.' })
  id!: string | null

  @Field(() => auditFaultReason.enum, { description: 'What was done to it.' })
  reason!: AuditFaultReason

  @Field(() => String, { description: 'The same in words, for people.' })
  message!: string
}

@ObjectType({ description: 'What was found when the chain was recomputed.' })
@Requires('audit.read')
export class AuditVerification {
  @Field(() => Boolean, { description: 'Whether everything fits.' })
  ok!: boolean

  @Field(() => Int, { description: 'How many events were recomputed, up to the first that does not fit.' })
  checked!: number

  @Field(() => Int, { description: 'How many signed anchors were compared with the chain.' })
  anchorsChecked!: number

  @Field(() => Int, {
    description: 'How many anchors were signed with another key than that of today, and not compared.',
  })
  anchorsUnknown!: number

  @Field(() => BigIntString, {
    nullable: true,
    description: 'Place of the first event that fitted; null: none did.',
  })
  fromSeq!: string | null

  @Field(() => BigIntString, {
    nullable: true,
    description: 'Place of the last event that fitted; null: none did.',
  })
  toSeq!: string | null

  @Field(() => AuditFault, { nullable: true, description: 'Where it first does not fit; null: it fits.' })
  firstBroken!: AuditFault | null
}

@ObjectType({
  description:
    'A place in the chain that SOTP signed. Keep it elsewhere: whoever changes the log later cannot change what you kept.',
})
@Requires('audit.read')
export class AuditAnchor {
  @Field(() => BigIntString, { description: 'Place in the chain.' })
  seq!: string

  @Field(() => String, { description: 'Hash of the event at this place, in hexadecimal.' })
  hash!: string

  @Field(() => Date, { description: 'When it was signed.' })
  at!: Date

  @Field(() => BigIntString, { description: 'Place of the anchor before; 0: this is the first.' })
  previousSeq!: string

  @Field(() => String, {
    description:
      'HMAC-SHA-256 over place, hash, time and the place of the anchor before, in hexadecimal, with a key that the database does not know.',
  })
  signature!: string

  @Field(() => String, { description: 'Which key signed it.' })
  keyId!: string
}
