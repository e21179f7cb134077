import { afterAll, beforeAll, expect, test } from 'vitest'

import { type Permission, permissions, type Role, rolePermissions } from '#core/contract/permissions.js'
import { type AuthRoom, startAuth } from '#tests/kit/auth.js'

const query = '{ permissions { name description roles withinSites own } }'

let room: AuthRoom
beforeAll(async () => {
  room = await startAuth()
})
afterAll(() => room?.[Symbol.asyncDispose]())

test('tells every permission with the roles that give it, as the one list has them', async () => {
  const admin = room.client()
  await admin.login()
  const { data } = await admin.run(query)
  const told = data.permissions as { name: Permission; description: string; roles: Role[] }[]
  expect(told.map(({ name }) => name)).toEqual(Object.keys(permissions))
  for (const { name, description, roles } of told) {
    expect(description).toBe(permissions[name])
    for (const [role, given] of Object.entries(rolePermissions))
      expect(roles.includes(role as Role), `${role} ${name}`).toBe(given.includes(name))
  }
})

test('says which of them a grant within sites gives', async () => {
  const admin = room.client()
  await admin.login()
  const { data } = await admin.run(query)
  const of = (name: string) => data.permissions.find((each: { name: string }) => each.name === name)
  expect(of('device.write')).toMatchObject({ withinSites: true, own: false })
  expect(of('user.write')).toMatchObject({ withinSites: false, own: false })
  expect(of('token.write')).toMatchObject({ withinSites: false, own: true })
})

test('is for whoever is signed in, and nobody else', async () => {
  expect((await room.client().run(query)).code).toBe('UNAUTHENTICATED')
})
