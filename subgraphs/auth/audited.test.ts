import { expect } from 'vitest'

import { auditsEveryMutation } from '#tests/kit/audit.js'
import {
  type AuditedCases,
  address,
  byAdmin,
  claiming,
  create,
  held,
  id,
  jar,
  nextPassword,
  nowhere,
  openAuditedAuth,
  own,
  password,
  person,
  seen,
  session,
  somebody,
  viewer,
} from '#tests/kit/audited-auth.js'
import { factorCases, inviteCases, oidcCases, tokenCases } from '#tests/kit/audited-sign-in.js'
import { everywhere } from '#tests/kit/identity.js'

const cases: AuditedCases = {
  async register() {
    const email = address()
    const input = { email, name: 'Somebody', password }
    return {
      query: 'mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }',
      variables: { input },
      ...person(email),
      by: null,
      about: { actor: claiming(email) },
      before: null,
      after: seen(email),
      bad: { variables: { input: { ...input, password: 'short' } }, code: 'BAD_USER_INPUT' },
    }
  },
  async login(room) {
    const { email, id: known } = await somebody(room)
    return {
      query: 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }',
      variables: { input: { email, password } },
      ...person(email, known),
      by: null,
      about: { actor: claiming(email), target: { type: 'User', id: known, label: email } },
      before: null,
      after: null,
      bad: { variables: { input: { email, password: 'x'.repeat(2000) } }, code: 'BAD_USER_INPUT' },
    }
  },
  async refreshSession(room) {
    const who = await somebody(room)
    const target = session(who)
    return {
      query: 'mutation { refreshSession { accessToken } }',
      ...person(who.email, who.id),
      target,
      by: null,
      about: { actor: claiming(who.email), target: target as never },
      cookies: jar(new Map(who.client.cookies)),
      before: null,
      after: null,
    }
  },
  async logout(room) {
    const who = await own(room)
    return { ...who, query: 'mutation { logout }', target: session(who), before: null, after: null }
  },
  async logoutEverywhere(room) {
    return { ...(await own(room)), query: 'mutation { logoutEverywhere }', before: null, after: null }
  },
  async revokeSession(room) {
    const who = await somebody(room)
    return {
      query: 'mutation ($id: ID!) { revokeSession(id: $id) { id } }',
      variables: { id: who.client.identity?.sessionId },
      ...byAdmin(room),
      target: session(who),
      before: null,
      after: null,
      bad: { variables: { id: nowhere }, code: 'NOT_FOUND' },
    }
  },
  async changePassword(room) {
    const input = { current: password, next: nextPassword }
    return {
      ...(await own(room)),
      query: 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken } }',
      variables: { input },
      before: null,
      after: null,
      bad: { variables: { input: { ...input, next: password } }, code: 'BAD_USER_INPUT' },
    }
  },
  async createUser(room) {
    const email = address()
    const input = { email, name: 'Somebody', password, grants: viewer }
    return {
      query: create,
      variables: { input },
      ...byAdmin(room),
      target: person(email).target,
      before: null,
      after: seen(email),
      bad: { variables: { input: { ...input, grants: [] } }, code: 'BAD_USER_INPUT' },
    }
  },
  async createServiceAccount(room) {
    const input = { name: 'robot', grants: viewer }
    const email = expect.stringMatching(/@service\.invalid$/)
    return {
      query: 'mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) { id } }',
      variables: { input },
      ...byAdmin(room),
      target: { type: 'User', id, label: expect.stringMatching(/^robot <.*@service\.invalid>$/) },
      before: null,
      after: seen(email, { name: 'robot' }),
      bad: { variables: { input: { ...input, name: '' } }, code: 'BAD_USER_INPUT' },
    }
  },
  async updateUser(room) {
    const who = await somebody(room)
    const input = { id: who.id, name: 'Other', active: false }
    return {
      query: 'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { id } }',
      variables: { input },
      ...byAdmin(room),
      target: person(who.email, who.id).target,
      before: { name: 'Somebody', active: true },
      after: { name: 'Other', active: false },
      bad: { variables: { input: { ...input, email: 'none' } }, code: 'BAD_USER_INPUT' },
    }
  },
  async setGrants(room) {
    const who = await somebody(room)
    const grants = [{ role: 'OPERATOR' }]
    return {
      query:
        'mutation ($id: ID!, $grants: [GrantInput!]!) { setGrants(userId: $id, grants: $grants) { id } }',
      variables: { id: who.id, grants },
      ...byAdmin(room),
      target: person(who.email, who.id).target,
      before: held,
      after: { grants: everywhere('OPERATOR') },
      bad: { variables: { id: nowhere, grants }, code: 'NOT_FOUND' },
    }
  },
  async deactivateUser(room) {
    const who = await somebody(room)
    return {
      query: 'mutation ($id: ID!) { deactivateUser(id: $id) { id } }',
      variables: { id: who.id },
      ...byAdmin(room),
      target: person(who.email, who.id).target,
      before: { active: true },
      after: { active: false },
      bad: { variables: { id: nowhere }, code: 'NOT_FOUND' },
    }
  },
  ...tokenCases(),
  ...factorCases(),
  ...inviteCases(),
  ...oidcCases(),
}

auditsEveryMutation(openAuditedAuth, cases, [password, nextPassword])
