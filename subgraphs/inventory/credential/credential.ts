import { Directive, Field, ID, InputType, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn } from 'typeorm'

import type { CredentialKind as Kind } from '#core/contract/credentials.js'
import { Requires } from '#core/service/authorize.js'

import { CredentialKind, SnmpAuthProtocol, SnmpPrivProtocol } from '../enums.js'

@Entity('credential')
@ObjectType({ description: 'What a device asks for before it answers. Its secret can never be read back.' })
@Directive('@key(fields: "id")')
@Requires('credential.read')
export class Credential {
  @PrimaryColumn({ type: 'uuid' })
  @Field(() => ID, { description: 'Its id; it never changes.' })
  id!: string

  @Column({ type: 'text' })
  @Field(() => String, { description: 'Its name, unique among credentials.' })
  name!: string

  @Column({ type: 'text' })
  @Field(() => CredentialKind, { description: 'What it consists of.' })
  kind!: Kind

  @Column({ type: 'text', nullable: true })
  @Field(() => String, { nullable: true, description: 'SNMPv3 user name. Null: this kind has none.' })
  username!: string | null

  @Column({ type: 'boolean', name: 'allow_weak' })
  @Field(() => Boolean, {
    description: 'SNMP_V3: whether it may do without authentication or encryption, or use MD5, SHA-1 or DES.',
  })
  allowWeak!: boolean

  /** Null: its secret lies in Vault. */
  @Column({ type: 'text', nullable: true })
  sealed!: string | null

  @Column({ type: 'timestamptz', name: 'updated_at' })
  @Field(() => Date, { description: 'When it was last changed.' })
  updatedAt!: Date
}

const kept = 'In an update of the same kind, left out: unchanged.'

@InputType({
  description: 'A credential with its secret. In an update, a secret that is left out stays as it is.',
})
export class CredentialInput {
  @Field(() => String, { description: 'Name, 1 to 100 characters, unique among credentials.' })
  name!: string
  @Field(() => CredentialKind, { description: 'What it consists of.' })
  kind!: Kind
  @Field(() => String, { nullable: true, description: `SNMP_COMMUNITY: the community string. ${kept}` })
  community?: string | null
  @Field(() => String, { nullable: true, description: `SNMP_V3: the user name. ${kept}` })
  username?: string | null
  @Field(() => SnmpAuthProtocol, {
    nullable: true,
    description: `SNMP_V3: how messages are authenticated; needs authKey. ${kept}`,
  })
  authProtocol?: keyof typeof SnmpAuthProtocol | null
  @Field(() => String, {
    nullable: true,
    description: `SNMP_V3: pass phrase for authentication, 8 to 255 characters. ${kept}`,
  })
  authKey?: string | null
  @Field(() => SnmpPrivProtocol, {
    nullable: true,
    description: `SNMP_V3: how messages are encrypted; needs privKey and authentication. ${kept}`,
  })
  privProtocol?: keyof typeof SnmpPrivProtocol | null
  @Field(() => String, {
    nullable: true,
    description: `SNMP_V3: pass phrase for encryption, 8 to 255 characters. ${kept}`,
  })
  privKey?: string | null
  @Field(() => Boolean, {
    nullable: true,
    description:
      'SNMP_V3: must be true where authentication or encryption is missing, or MD5, SHA (SHA-1) or DES is used. In an update, left out: unchanged; else false.',
  })
  allowWeak?: boolean | null
}
