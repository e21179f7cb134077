import { describe, expect, test } from 'vitest'

import { type Grant, type Identity, nobodyId } from '../contract/identity.js'
import { covers, scopeOf, scopeText } from './scope.js'

const a = '00000000-0000-4000-8000-00000000000a'
const b = '00000000-0000-4000-8000-00000000000b'
const who = (grants: Grant[], scopes: Identity['scopes'] = null): Identity => ({
  kind: 'USER',
  userId: nobodyId,
  email: '',
  name: '',
  sessionId: nobodyId,
  grants,
  scopes,
  expiresAt: 0,
})

describe('a permission holds', () => {
  test('nowhere for nobody', () => {
    expect(scopeOf(null, 'device.read')).toBe('nowhere')
  })

  test('within the sites of all grants that give it, together', () => {
    const scope = scopeOf(
      who([
        { role: 'VIEWER', siteIds: [b] },
        { role: 'OPERATOR', siteIds: [a] },
      ]),
      'device.read',
    )
    expect(scopeText(scope)).toBe(`${a} ${b}`)
    expect([covers(scope, a), covers(scope, crypto.randomUUID()), covers(scope, null)]).toEqual([
      true,
      false,
      false,
    ])
  })

  test('everywhere as soon as one grant does', () => {
    const scope = scopeOf(
      who([
        { role: 'VIEWER', siteIds: [a] },
        { role: 'VIEWER', siteIds: null },
      ]),
      'device.read',
    )
    expect(scope).toBe('everywhere')
    expect(covers(scope, null)).toBe(true)
  })

  test('never within sites for things that belong to no site', () => {
    expect(scopeOf(who([{ role: 'ADMIN', siteIds: [a] }]), 'user.write')).toBe('nowhere')
    expect(scopeOf(who([{ role: 'ADMIN', siteIds: null }]), 'user.write')).toBe('everywhere')
    expect(scopeOf(who([{ role: 'VIEWER', siteIds: [a] }]), 'viewer.read')).toBe('everywhere')
  })

  test('for a token only as far as its own scopes go', () => {
    const token = who([{ role: 'ADMIN', siteIds: null }], ['device.read'])
    expect(scopeOf(token, 'device.read')).toBe('everywhere')
    expect(scopeOf(token, 'user.write')).toBe('nowhere')
    expect(covers(scopeOf(token, 'alert.read'), a)).toBe(false)
  })
})
