import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { AccessChanged } from '#core/contract/access.js'
import { type Authenticator, openAuthenticator } from '#core/service/authenticator.js'
import { createLog } from '#core/service/log.js'
import { openTopics, type Topics } from '#core/service/topics.js'
import { type AuthClient, type AuthRoom, adminEmail, startAuth } from '#tests/kit/auth.js'

const log = createLog('test', 'silent')
const password = 'basalt-Violin-7-orchard'
let room: AuthRoom
let topics: Topics
let gateway: Authenticator
let admin: AuthClient
const heard: AccessChanged[] = []
beforeAll(async () => {
  room = await startAuth()
  topics = openTopics({ redisUrl: room.redisUrl, log })
  gateway = await openAuthenticator({ redis: room.redis, topics, log })
  gateway.onChange((change) => heard.push(change))
  admin = room.client()
  await admin.login()
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await topics[Symbol.asyncDispose]()
  await room[Symbol.asyncDispose]()
})

async function person() {
  const email = `${crypto.randomUUID()}@example.net`
  const input = { email, name: 'New Comer', password, grants: [{ role: 'VIEWER' }] }
  const { data } = await admin.run(
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
    { input },
  )
  const client = room.client()
  const token = (await client.login(email, password)).data.login.accessToken as string
  return { id: data.createUser.id as string, email, client, token }
}
const update = async (client: AuthClient, input: Record<string, unknown>) => {
  const answer = await client.run(
    'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { id name email active } }',
    { input },
  )
  return { ...answer, user: answer.data?.updateUser, field: answer.errors?.[0]?.extensions['field'] }
}

describe('updateUser', () => {
  test('changes one’s own name, and nothing else', async () => {
    const { id, client, email } = await person()
    expect((await update(client, { id, name: ' Ann ' })).user).toEqual({
      id,
      name: 'Ann',
      email,
      active: true,
    })
    for (const change of [{ email: 'ann@example.net' }, { active: false }, { active: true, name: 'Bob' }])
      expect((await update(client, { id, ...change })).code).toBe('FORBIDDEN')
    expect((await update(client, { id: admin.identity?.userId, name: 'Eve' })).code).toBe('FORBIDDEN')
    expect((await update(room.client(), { id, name: 'Eve' })).code).toBe('UNAUTHENTICATED')
  })
  test('gives another e-mail address to sign in with, whose user is nobody else', async () => {
    const [one, other] = [await person(), await person()]
    const email = `renamed-${one.email}`
    expect((await update(admin, { id: one.id, email: email.toUpperCase() })).user.email).toBe(email)
    expect((await room.client().login(email, password)).code).toBeUndefined()
    expect((await room.client().login(one.email, password)).code).toBe('INVALID_CREDENTIALS')
    expect(await update(admin, { id: one.id, email: other.email })).toMatchObject({
      code: 'CONFLICT',
      field: 'input.email',
    })
    expect((await update(admin, { id: one.id, email })).code).toBeUndefined()
  })
  test('gives one address to one user, however many ask at once', async () => {
    const people = await Promise.all([person(), person(), person()])
    const email = `${crypto.randomUUID()}@example.net`
    const codes = (await Promise.all(people.map(({ id }) => update(admin, { id, email })))).map(
      ({ code }) => code,
    )
    expect(codes.sort()).toEqual(['CONFLICT', 'CONFLICT', undefined])
  })
  test('deactivates, and lets sign in again; sessions do not come back, grants do', async () => {
    const { id, email, token, client } = await person()
    expect((await update(admin, { id, active: false })).user.active).toBe(false)
    await expect.poll(() => gateway.authenticate(token).catch(({ code }) => code)).toBe('TOKEN_INVALID')
    expect((await room.client().login(email, password)).code).toBe('INVALID_CREDENTIALS')
    expect((await update(admin, { id, active: true })).user.active).toBe(true)
    expect((await client.refresh()).code).toBe('TOKEN_INVALID')
    const again = (await room.client().login(email, password)).data.login.accessToken
    const viewer = [{ role: 'VIEWER', siteIds: null }]
    await expect.poll(() => gateway.authenticate(again).then(({ grants }) => grants)).toEqual(viewer)
    expect(heard.filter(({ userId }) => userId === id).map(({ grants }) => grants)).toEqual([[], viewer])
  })
  test('leaves an active administrator', async () => {
    const id = admin.identity?.userId
    expect((await update(admin, { id, active: false })).code).toBe('CONFLICT')
    expect((await update(admin, { id, name: 'Root' })).user).toMatchObject({
      name: 'Root',
      email: adminEmail,
    })
  })
  test.each([
    [{ name: ' ' }, 'input.name'],
    [{ name: 'x'.repeat(101) }, 'input.name'],
    [{ email: 'no address' }, 'input.email'],
  ])('refuses %.60j', async (change, field) => {
    const { id } = await person()
    expect(await update(admin, { id, ...change })).toMatchObject({ code: 'BAD_USER_INPUT', field })
  })
  test('finds nobody who is not there, and gives no mailbox to a program', async () => {
    for (const id of [crypto.randomUUID(), "' OR true --"])
      expect((await update(admin, { id, name: 'X' })).code).toBe('NOT_FOUND')
    const { data } = await admin.run(
      'mutation { createServiceAccount(input: { name: "robot", grants: [{ role: VIEWER }] }) { id } }',
    )
    const { id } = data.createServiceAccount
    expect(await update(admin, { id, email: 'robot@example.net' })).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'input.email',
    })
    expect((await update(admin, { id, name: 'Robot' })).user.name).toBe('Robot')
  })
})
