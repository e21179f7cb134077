import { Field, ObjectType, registerEnumType } from 'type-graphql'
import * as z from 'zod'

import { Public } from '#core/service/authorize.js'

/** Who may make an account. Invites hold with each: an administrator made them. */
export const registrationMode = z.enum(['OPEN', 'INVITE', 'CLOSED'])
export type Registration = z.infer<typeof registrationMode>

registerEnumType(registrationMode.enum, {
  name: 'Registration',
  description: 'How one gets an account.',
  valuesConfig: {
    OPEN: { description: 'Anybody may `register`.' },
    INVITE: { description: 'By the invite of an administrator.' },
    CLOSED: { description: 'Administrators make accounts, and invite only now and then.' },
  },
})

@ObjectType({ description: 'Sign-in at an OpenID provider.' })
@Public()
export class OidcOption {
  @Field(() => String, { description: 'What to call it on a button.' })
  name!: string
}

@ObjectType({ description: 'What the sign-in page may offer.' })
@Public()
export class SignInOptions {
  @Field(() => registrationMode.enum, { description: 'How one gets an account.' })
  registration!: Registration

  @Field(() => Boolean, {
    description:
      'Whether everybody who signs in by password must set up a second factor: until then nothing else is allowed.',
  })
  secondFactorRequired!: boolean

  @Field(() => OidcOption, {
    nullable: true,
    description: 'Sign-in at an OpenID provider; null when none is set up.',
  })
  oidc!: OidcOption | null
}
