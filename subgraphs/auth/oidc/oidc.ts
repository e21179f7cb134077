import { Field, InputType, ObjectType } from 'type-graphql'
import * as z from 'zod'

import { Public } from '#core/service/authorize.js'

import { SessionPayload } from '../session/viewer.js'

@ObjectType({ description: 'Where to sign in: a page of the OpenID provider.' })
@Public()
export class OidcRedirect {
  @Field(() => String, { description: 'Go there with the browser that asked, within ten minutes.' })
  url!: string
}

@ObjectType({ description: 'A session that began at an OpenID provider.' })
@Public()
export class OidcPayload {
  @Field(() => SessionPayload, { description: 'The session.' })
  session!: SessionPayload

  @Field(() => String, { description: 'Where in the web app the sign-in began.' })
  returnTo!: string
}

@InputType({ description: 'A sign-in at the OpenID provider that begins.' })
export class BeginOidcInput {
  @Field(() => String, {
    defaultValue: '/',
    description: 'Path within the web app to return to, as `/devices?site=waw`.',
  })
  returnTo!: string
}

/** A path of this web app and nothing that a browser could take for another host (`//evil`, `/\evil`). */
const localPath = z
  .string()
  .max(2000, 'is too long')
  .regex(/^\/(?![/\\])[^\\\p{Cc}]*$/u, 'must be a path of this site, as /devices')
export const oidcBegin = z.object({ returnTo: localPath })

@InputType({
  description: 'What the OpenID provider sent back with the browser, from the address of the page.',
})
export class CompleteOidcInput {
  @Field(() => String, { description: 'Parameter `code`.' })
  code!: string

  @Field(() => String, { description: 'Parameter `state`.' })
  state!: string

  @Field(() => String, { nullable: true, description: 'Parameter `iss`, where there is one (RFC 9207).' })
  issuer?: string | null
}
const parameter = z.string().min(1, 'must not be empty').max(4096, 'is too long')
export const oidcCompletion = z.object({ code: parameter, state: parameter, issuer: parameter.nullish() })
export type OidcCompletion = z.infer<typeof oidcCompletion>
