import { SignJWT } from 'jose'
import { expect, test } from 'vitest'

import type { Identity } from '../contract/identity.js'
import { openIdentitySigner } from './identity.js'

const internalKey = 'a key of at least thirty-two characters'
const who: Identity = {
  kind: 'USER',
  userId: crypto.randomUUID(),
  sessionId: crypto.randomUUID(),
  email: 'a@b.c',
  name: 'A',
  grants: [{ role: 'VIEWER', siteIds: null }],
  scopes: ['device.read'],
  expiresAt: Date.now(),
}

test('carries who asks, or that nobody signed in', async () => {
  const signer = openIdentitySigner(internalKey)
  expect(await signer.verify(await signer.sign(who))).toEqual(who)
  expect(await signer.verify(await signer.sign(null))).toBeNull()
})

test.each([
  ['nothing', async () => undefined],
  ['rubbish', async () => 'x.y.z'],
  ['another key', async () => openIdentitySigner('another key of at least thirty-two chars').sign(who)],
  [
    'no algorithm',
    async () =>
      `${Buffer.from('{"alg":"none","typ":"sotp-identity+jwt"}').toString('base64url')}.${Buffer.from(JSON.stringify({ who, iss: 'sotp-gateway', aud: 'sotp-subgraph' })).toString('base64url')}.`,
  ],
  [
    'another audience',
    async () =>
      new SignJWT({ who })
        .setProtectedHeader({ alg: 'HS256', typ: 'sotp-identity+jwt' })
        .setIssuer('sotp-gateway')
        .setAudience('x')
        .setExpirationTime('60s')
        .sign(Buffer.from(internalKey)),
  ],
  [
    'an expired one',
    async () =>
      new SignJWT({ who })
        .setProtectedHeader({ alg: 'HS256', typ: 'sotp-identity+jwt' })
        .setIssuer('sotp-gateway')
        .setAudience('sotp-subgraph')
        .setExpirationTime(1)
        .sign(Buffer.from(internalKey)),
  ],
  [
    'an access token',
    async () =>
      new SignJWT({ who })
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
        .setIssuer('sotp-gateway')
        .setAudience('sotp-subgraph')
        .setExpirationTime('60s')
        .sign(Buffer.from(internalKey)),
  ],
])('refuses %s', async (_, token) => {
  await expect(openIdentitySigner(internalKey).verify(await token())).rejects.toMatchObject({
    code: 'TOKEN_INVALID',
  })
})

test('carries whom a part of SOTP acts for at the gateway', async () => {
  const signer = openIdentitySigner(internalKey)
  expect(await signer.verifyInternal(await signer.signInternal(who))).toEqual(who)
})

test.each([
  ['nothing', async () => undefined],
  ['rubbish', async () => 'x.y.z'],
  [
    'another key',
    async () => openIdentitySigner('another key of at least thirty-two chars').signInternal(who),
  ],
  ['an identity meant for a subgraph', async () => openIdentitySigner(internalKey).sign(who)],
  ['an anonymous identity', async () => openIdentitySigner(internalKey).sign(null)],
])('the gateway refuses %s as an internal token', async (_case, token) => {
  const signer = openIdentitySigner(internalKey)
  await expect(signer.verifyInternal(await token())).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
})

test('a subgraph refuses an internal token', async () => {
  const signer = openIdentitySigner(internalKey)
  await expect(signer.verify(await signer.signInternal(who))).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
})
