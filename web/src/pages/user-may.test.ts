import { expect, test } from 'vitest'

import { heldBy } from './user-may'

const info = (name: string, roles: string[], at: { withinSites?: true; own?: true } = {}) =>
  ({ name, description: '', roles, withinSites: false, own: false, ...at }) as never
const permissions = [
  info('viewer.read', ['ADMIN', 'VIEWER'], { own: true }),
  info('device.read', ['ADMIN', 'OPERATOR', 'VIEWER'], { withinSites: true }),
  info('device.write', ['ADMIN', 'OPERATOR'], { withinSites: true }),
  info('user.write', ['ADMIN']),
]
const site = (id: string) => ({ id, name: id })
const within = (role: string, ...ids: string[]) =>
  ({ role, everywhere: false, sites: ids.map(site) }) as never
const everywhere = (role: string) => ({ role, everywhere: true, sites: null }) as never
const told = (grants: never[]) =>
  Object.fromEntries(
    heldBy(grants, permissions).map(({ info, everywhere, sites }) => [
      info.name,
      everywhere ? '*' : sites?.map((each) => each?.id),
    ]),
  )

test('a role everywhere gives all that it has', () => {
  expect(told([everywhere('ADMIN')])).toEqual({
    'viewer.read': '*',
    'device.read': '*',
    'device.write': '*',
    'user.write': '*',
  })
})

test('a role within sites gives what belongs to sites, there, and what concerns oneself', () => {
  expect(told([within('ADMIN', 'a')])).toEqual({
    'viewer.read': '*',
    'device.read': ['a'],
    'device.write': ['a'],
  })
})

test('several grants add up, each place once', () => {
  expect(told([within('VIEWER', 'a', 'b'), within('OPERATOR', 'b', 'c')])).toMatchObject({
    'device.read': ['a', 'b', 'c'],
    'device.write': ['b', 'c'],
  })
  expect(told([everywhere('VIEWER'), within('OPERATOR', 'b')])).toMatchObject({
    'device.read': '*',
    'device.write': ['b'],
  })
})
