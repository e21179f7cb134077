import { Directive, Field, InputType, ObjectType } from 'type-graphql'

import { Requires } from '#core/service/authorize.js'

@ObjectType({ description: 'An authenticator app to be: it counts once a code of it was confirmed.' })
@Requires('viewer.read', { personal: true })
export class TotpSetup {
  @Field(() => String, {
    description: 'The secret in base32, to be typed into the app. It is shown this once.',
  })
  secret!: string

  @Field(() => String, { description: 'The same as `otpauth://` address, to be shown as a QR code.' })
  uri!: string
}

@ObjectType({ description: 'Codes for when the authenticator app is lost; each signs in once.' })
@Requires('viewer.read', { personal: true })
export class RecoveryCodes {
  @Directive('@listSize(assumedSize: 10)')
  @Field(() => [String], {
    description: 'Ten codes. They are shown this once; those before them no longer count.',
  })
  codes!: string[]
}

@InputType({ description: 'Proof that it is the user who sets up a second factor.' })
export class BeginTotpInput {
  @Field(() => String, {
    nullable: true,
    description: 'Current password; left out by whoever has none, because they sign in elsewhere.',
  })
  password?: string | null
}

@InputType({ description: 'Proof that it is the user who gives up the second factor.' })
export class DisableTotpInput {
  @Field(() => String, {
    nullable: true,
    description: 'Current password; left out by whoever has none, because they sign in elsewhere.',
  })
  password?: string | null

  @Field(() => String, { description: 'A code of the authenticator app, or a recovery code.' })
  code!: string
}
