import type { Redis } from 'ioredis'

import { createLog } from '#core/service/log.js'
import { openAnchorSeal } from '#db/audit/anchor.js'
import { Anchorer } from '#db/audit/anchorer.js'
import { openSource } from '#db/source.js'
import { codeOf } from '#tests/kit/audited-auth.js'
import { beginTotp } from '#tests/kit/auth.js'
import { oidcClient, startOidc } from '#tests/kit/oidc.js'
import { password, type WholeGraph } from '#tests/kit/whole-graph.js'

const publicUrl = 'http://127.0.0.1:9/sotp'

/** An OpenID provider, and the settings of a graph whose users may sign in there or register. */
export async function openSignIn() {
  const provider = await startOidc({ redirectUri: `${publicUrl}/login/oidc` })
  const settings = {
    SOTP_OIDC_ISSUER: provider.issuer,
    SOTP_OIDC_CLIENT_ID: oidcClient.id,
    SOTP_OIDC_CLIENT_SECRET: oidcClient.secret,
    SOTP_OIDC_DEFAULT_ROLE: 'VIEWER',
    SOTP_PUBLIC_URL: publicUrl,
    SOTP_AUTH_REGISTRATION: 'open',
  }
  return { issuer: provider.issuer, settings, [Symbol.asyncDispose]: () => provider[Symbol.asyncDispose]() }
}

/** Somebody with a second factor, with their token, and somebody invited. */
export async function makeAccounts(graph: WholeGraph, admin: string) {
  const email = 'guarded@example.net'
  const made = await graph.must(
    admin,
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
    { input: { email, name: 'guarded', password, grants: [{ role: 'VIEWER' }] } },
  )
  const { token } = await graph.login(email)
  const begun = await graph.must(token, beginTotp, { input: { password } })
  const code = codeOf(begun.beginTotp.secret)
  await graph.must(token, `mutation { confirmTotp(code: "${code}") { codes } }`)
  const { secret, invite } = await inviteTo(graph, admin, 'invited@example.net')
  return {
    id: { guarded: made.createUser.id as string, invite: invite.id, inviteSecret: secret },
    token,
  }
}

/** A new invite that is open. */
export async function inviteTo(
  graph: WholeGraph,
  admin: string,
  email: string,
): Promise<{ secret: string; invite: { id: string } }> {
  const made = await graph.must(
    admin,
    'mutation ($input: CreateInviteInput!) { createInvite(input: $input) { secret invite { id } } }',
    { input: { email, grants: [{ role: 'VIEWER' }] } },
  )
  return made.createInvite
}

/** What the audit worker does: chains all that was written down, and signs it. Returns the id of the last event. */
export async function sealAudit({ databaseUrl }: WholeGraph, secretsKey: string): Promise<string> {
  const source = await openSource({ url: databaseUrl, schema: 'auth', entities: [] })
  await source.query('SELECT audit.seal(100000)')
  await new Anchorer({
    source,
    seal: openAnchorSeal([secretsKey]),
    log: createLog('test', 'silent'),
  }).sign()
  const [{ id }] = (await source.query('SELECT id FROM audit.event ORDER BY seq DESC LIMIT 1')) as [
    { id: string },
  ]
  await source.destroy()
  return id
}

/** Forgets who tried to sign in how often: here everybody does so from one address. */
export const forgetAttempts = (redis: Redis): Promise<unknown> =>
  redis.eval(
    `for _, kind in ipairs({'failures', 'lock', 'address'}) do
       for _, key in ipairs(redis.call('KEYS', 'sotp:auth:' .. kind .. ':*')) do redis.call('DEL', key) end
     end`,
    0,
  )
