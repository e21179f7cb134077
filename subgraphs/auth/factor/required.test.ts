import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { type AuthClient, type AuthRoom, adminEmail, adminPassword, beginTotp } from '#tests/kit/auth.js'
import { type OidcScene, startOidcScene } from '#tests/kit/oidc-scene.js'

let scene: OidcScene
let room: AuthRoom
beforeAll(async () => {
  scene = await startOidcScene()
  room = await scene.beside({ SOTP_AUTH_SECOND_FACTOR: 'required' })
})
afterAll(async () => {
  await room[Symbol.asyncDispose]()
  await scene[Symbol.asyncDispose]()
})

const permissions = async (client: AuthClient) =>
  (await client.run('{ viewer { permissions } }')).data.viewer.permissions

test('whoever signs in by password can do nothing but set up a second factor, where it is required', async () => {
  const client = room.client()
  const { data } = await client.run('{ signInOptions { secondFactorRequired } }')
  expect(data.signInOptions).toEqual({ secondFactorRequired: true })
  expect((await client.login()).data.login.viewer.permissions).toEqual(['viewer.read'])
  for (const query of [
    '{ users { totalCount } }',
    'mutation { createServiceAccount(input: { name: "robot", grants: [{ role: ADMIN }] }) { id } }',
    'mutation { createApiToken(input: { name: "export", scopes: ["device.read"] }) { secret } }',
  ])
    expect((await client.run(query)).code).toBe('FORBIDDEN')
  await client.become((await client.refresh()).data.refreshSession.accessToken)
  expect(await permissions(client)).toEqual(['viewer.read'])

  const { secret } = (await client.run(beginTotp, { input: { password: adminPassword } })).data.beginTotp
  const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate()
  const { codes } = (
    await client.run('mutation ($code: String!) { confirmTotp(code: $code) { codes } }', { code })
  ).data.confirmTotp
  await client.become((await client.refresh()).data.refreshSession.accessToken)
  expect(await permissions(client)).toContain('user.write')
  const answer = await client.run(
    'mutation ($input: DisableTotpInput!) { disableTotp(input: $input) { id } }',
    { input: { password: adminPassword, code: codes[0] } },
  )
  expect(answer.code).toBe('CONFLICT')
  const again = await room
    .client()
    .run('mutation ($input: LoginInput!) { login(input: $input) { viewer { permissions } } }', {
      input: { email: adminEmail, password: adminPassword, code: codes[0] },
    })
  expect(again.data.login.viewer.permissions).toContain('user.write')
})

test('whoever signs in elsewhere only is asked there', async () => {
  const { viewer, client } = await scene.signIn(scene.person().login, room.client())
  expect(viewer.grants).toHaveLength(1)
  expect(await permissions(client)).toContain('device.write')
})

test('whoever signs in elsewhere only has no password to set a second factor up with, and guesses none', async () => {
  const { client } = await scene.signIn(scene.person().login, room.client())
  for (const input of [undefined, {}, { password: null }, { password: 'not asked for' }])
    expect((await client.run(beginTotp, { input })).data.beginTotp.secret).toMatch(/^[A-Z2-7]{32}$/)
  expect((await client.run('mutation { beginTotp { secret } }')).code).toBeUndefined()
  const confirm = 'mutation ($code: String!) { confirmTotp(code: $code) { codes } }'
  for (let guess = 0; guess < 5; guess += 1) {
    expect((await client.run(confirm, { code: '000000' })).code).toBe('INVALID_CREDENTIALS')
    if (guess < 4) expect((await client.run(beginTotp)).code).toBeUndefined()
  }
  expect((await client.run(beginTotp)).code).toBe('RATE_LIMITED')
})
