import { Secret, TOTP } from 'otpauth'
import { expect } from 'vitest'

import type { AuditActor } from '#core/contract/audit.js'
import type { CookieJar } from '#core/service/request.js'
import type { AuditedCase } from './audit.js'
import { type AuthClient, beginTotp } from './auth.js'
import { everywhere } from './identity.js'
import { startOidcScene } from './oidc-scene.js'

/** The auth subgraph, as the suite of audited mutations wants it. */
export async function openAuditedAuth() {
  const scene = await startOidcScene({ SOTP_AUTH_REGISTRATION: 'open' })
  return {
    subgraph: scene.room.room.subgraph,
    databaseUrl: scene.room.database,
    schema: 'auth',
    scene,
    [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose](),
  }
}
export type AuditedAuth = Awaited<ReturnType<typeof openAuditedAuth>>

export const password = 'basalt-Violin-7-orchard'
export const nextPassword = 'granite-Fiddle-8-meadow'
export const nowhere = crypto.randomUUID()
export const id = expect.any(String)
export const viewer = [{ role: 'VIEWER' }]
export const held = { grants: everywhere('VIEWER') }

/** A user as target and as actor. */
export const person = (email: string, own: string = id, name = 'Somebody') => ({
  target: { type: 'User', id: own, label: `${name} <${email}>` },
  actor: { kind: 'USER', userId: own, tokenId: null, label: `${name} <${email}>` } as AuditActor,
})
export const claiming = (label: string): AuditActor => ({
  kind: 'ANONYMOUS',
  userId: null,
  tokenId: null,
  label,
})
export const seen = (email: string, more: object = {}) => ({
  active: true,
  email,
  name: 'Somebody',
  ...held,
  ...more,
})
export const address = () => `${crypto.randomUUID()}@example.net`
export const jar = (cookies: ReadonlyMap<string, string>): CookieJar => ({
  get: (name) => cookies.get(name),
  set: () => {},
})

interface Somebody {
  id: string
  email: string
  client: AuthClient
}
export const create = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }'
export async function somebody({ scene }: AuditedAuth): Promise<Somebody> {
  const email = address()
  const input = { email, name: 'Somebody', password, grants: viewer }
  const { data } = await scene.admin.run(create, { input })
  const client = scene.room.client()
  await client.login(email, password)
  return { id: data.createUser.id, email, client }
}
export const own = async (room: AuditedAuth) => {
  const who = await somebody(room)
  return { ...who, by: who.client.identity, ...person(who.email, who.id) }
}
export const session = ({ client, email }: Somebody) => ({
  type: 'Session',
  id: client.identity?.sessionId,
  label: `of Somebody <${email}>`,
})
export const codeOf = (secret: string) => new TOTP({ secret: Secret.fromBase32(secret) }).generate()
export const begun = async ({ client }: Somebody): Promise<string> =>
  (await client.run(beginTotp, { input: { password } })).data.beginTotp.secret
export async function guarded(room: AuditedAuth) {
  const who = await own(room)
  const code = codeOf(await begun(who))
  const { data } = await who.client.run('mutation ($code: String!) { confirmTotp(code: $code) { codes } }', {
    code,
  })
  return { ...who, code: data.confirmTotp.codes[0] as string }
}
export const byAdmin = ({ scene }: AuditedAuth) => ({ by: scene.admin.identity })

/** What each mutation needs, and what the log says of it, by name. */
export type AuditedCases = Record<string, (room: AuditedAuth) => Promise<AuditedCase>>
