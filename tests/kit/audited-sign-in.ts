import { expect } from 'vitest'

import {
  type AuditedAuth,
  type AuditedCases,
  address,
  begun,
  byAdmin,
  claiming,
  codeOf,
  guarded,
  held,
  id,
  jar,
  nowhere,
  own,
  password,
  person,
  seen,
  viewer,
} from './audited-auth.js'
import { beginTotp } from './auth.js'
import { everywhere } from './identity.js'
import { type OidcScene, returned } from './oidc-scene.js'

const noSecond = { before: { secondFactor: true }, after: { secondFactor: false } }

export function tokenCases(): AuditedCases {
  const make =
    'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { secret token { id } } }'
  const input = { name: 'export', scopes: ['device.read'] }
  const target = { type: 'ApiToken', id, label: expect.stringMatching(/^export \(sotp_pat_.{8}…\)$/) }
  return {
    async createApiToken(room) {
      const { email, by } = await own(room)
      const prefix = expect.stringMatching(/^sotp_pat_.{8}$/)
      return {
        query: make,
        variables: { input },
        by,
        target,
        before: null,
        after: { name: 'export', prefix, owner: email, scopes: ['device.read'], expiresAt: null },
        bad: { variables: { input: { ...input, scopes: ['user.write'] } }, code: 'BAD_USER_INPUT' },
      }
    },
    async revokeApiToken(room) {
      const { client, by } = await own(room)
      const { token } = (await client.run(make, { input })).data.createApiToken
      return {
        query: 'mutation ($id: ID!) { revokeApiToken(id: $id) { id } }',
        variables: { id: token.id },
        by,
        target: { ...target, id: token.id },
        before: null,
        after: null,
        bad: { variables: { id: nowhere }, code: 'NOT_FOUND' },
      }
    },
  }
}

export function factorCases(): AuditedCases {
  return {
    async beginTotp(room) {
      return {
        ...(await own(room)),
        query: beginTotp,
        variables: { input: { password } },
        before: null,
        after: { secondFactor: 'to be confirmed' },
      }
    },
    async confirmTotp(room) {
      const who = await own(room)
      const secret = await begun(who)
      return {
        ...who,
        query: 'mutation ($code: String!) { confirmTotp(code: $code) { codes } }',
        fresh: async () => ({ variables: { code: codeOf(secret) } }),
        before: { secondFactor: false },
        after: { secondFactor: true },
      }
    },
    async disableTotp(room) {
      const { code, ...who } = await guarded(room)
      return {
        ...who,
        query: 'mutation ($input: DisableTotpInput!) { disableTotp(input: $input) { id } }',
        variables: { input: { password, code } },
        ...noSecond,
      }
    },
    async renewRecoveryCodes(room) {
      const { code, ...who } = await guarded(room)
      return {
        ...who,
        query: 'mutation ($code: String!) { renewRecoveryCodes(code: $code) { codes } }',
        variables: { code },
        before: null,
        after: null,
      }
    },
    async resetSecondFactor(room) {
      const { id: lost, target } = await guarded(room)
      return {
        query: 'mutation ($id: ID!) { resetSecondFactor(userId: $id) { id } }',
        variables: { id: lost },
        ...byAdmin(room),
        target,
        ...noSecond,
        bad: { variables: { id: nowhere }, code: 'NOT_FOUND' },
      }
    },
  }
}

export function inviteCases(): AuditedCases {
  const make =
    'mutation ($input: CreateInviteInput!) { createInvite(input: $input) { secret invite { id } } }'
  const invited = async ({ scene }: AuditedAuth, email: string) =>
    (await scene.admin.run(make, { input: { email, grants: viewer } })).data.createInvite
  return {
    async createInvite(room) {
      const input = { email: address(), grants: viewer }
      return {
        query: make,
        variables: { input },
        ...byAdmin(room),
        target: { type: 'Invite', id, label: input.email },
        before: null,
        after: { email: input.email, ...held, expiresAt: expect.any(String) },
        bad: { variables: { input: { ...input, email: 'none' } }, code: 'BAD_USER_INPUT' },
      }
    },
    async revokeInvite(room) {
      const email = address()
      const { invite } = await invited(room, email)
      return {
        query: 'mutation ($id: ID!) { revokeInvite(id: $id) { id } }',
        variables: { id: invite.id },
        ...byAdmin(room),
        target: { type: 'Invite', id: invite.id, label: email },
        before: null,
        after: null,
        bad: { variables: { id: nowhere }, code: 'NOT_FOUND' },
      }
    },
    async acceptInvite(room) {
      const email = address()
      const { secret, invite } = await invited(room, email)
      const input = { secret, name: 'Somebody', password }
      return {
        query: 'mutation ($input: AcceptInviteInput!) { acceptInvite(input: $input) { accessToken } }',
        variables: { input },
        ...person(email),
        by: null,
        about: { actor: claiming(email) },
        before: null,
        after: seen(email, { inviteId: invite.id }),
        bad: { variables: { input: { ...input, secret: 'none' } }, code: 'NOT_FOUND' },
      }
    },
  }
}

export function oidcCases(): AuditedCases {
  const pending = ({ room }: OidcScene) => room.redis.keys('sotp:auth:oidc:*')
  return {
    async beginOidc({ scene }) {
      return {
        query: 'mutation ($input: BeginOidcInput!) { beginOidc(input: $input) { url } }',
        variables: { input: { returnTo: '/devices' } },
        by: null,
        target: { type: 'OidcOption', id: null, label: scene.issuer.issuer },
        before: null,
        after: null,
        bad: { variables: { input: { returnTo: '//evil.example' } }, code: 'BAD_USER_INPUT' },
        effect: async () => (await pending(scene)).length,
        onlyEffect: true,
      }
    },
    async completeOidc({ scene }) {
      const { login, email, name } = scene.person()
      const client = scene.room.client()
      const { url } = await scene.begin(client)
      const subject = `${email} (${login} at ${scene.issuer.issuer})`
      return {
        query: 'mutation ($input: CompleteOidcInput!) { completeOidc(input: $input) { returnTo } }',
        fresh: async () => {
          const again = await scene.begin(client)
          return { variables: { input: returned(await scene.issuer.visit(again.url, login)) } }
        },
        cookies: jar(client.cookies),
        ...person(email, id, name),
        by: null,
        about: { actor: claiming(subject), target: { type: 'User', id: null, label: subject } },
        before: null,
        after: seen(email, {
          ...{ name, grants: everywhere('OPERATOR') },
          ...{ issuer: scene.issuer.issuer, subject: login },
        }),
        bad: {
          variables: { input: { code: '', state: new URL(url).searchParams.get('state') } },
          code: 'BAD_USER_INPUT',
        },
      }
    },
  }
}
