import { describe, expect, test } from 'vitest'
import * as z from 'zod'

import { readConfig } from '#core/service/config.js'
import { everywhere } from '#tests/kit/identity.js'

import { grantsOf, groupsOf } from './groups.js'
import { checkOidc, oidcConfig, readOidc } from './oidc-config.js'

const [a, b] = [crypto.randomUUID(), crypto.randomUUID()].sort() as [string, string]
const settings = z.object(oidcConfig).superRefine(checkOidc)
const given = {
  SOTP_OIDC_ISSUER: 'https://id.example.net/realms/noc',
  SOTP_OIDC_CLIENT_ID: 'sotp',
  SOTP_OIDC_ROLES: 'noc=OPERATOR',
  SOTP_PUBLIC_URL: 'https://sotp.example.net/',
}
const read = (own: Record<string, string> = {}) => readOidc(readConfig(settings, { ...given, ...own }))
const rolesOf = (text: string, groups: string[]) => {
  const found = read({ SOTP_OIDC_ROLES: text })
  return found && grantsOf(groups, found)
}

describe('groups', () => {
  test.each([
    [{ groups: ['noc', 'audit'] }, 'groups', ['noc', 'audit']],
    [{ groups: 'noc' }, 'groups', ['noc']],
    [{ realm_access: { roles: ['noc'] } }, 'realm_access.roles', ['noc']],
    [{ 'https://example.net/groups': ['noc'] }, 'https://example.net/groups', ['noc']],
    [{ groups: [1, null, { name: 'noc' }] }, 'groups', []],
    [{ groups: { noc: true } }, 'groups', []],
    [{}, 'groups', []],
    [{}, 'constructor.name', []],
  ])('of %j at %s are %j', (claims, path, expected) => {
    expect(groupsOf(claims, path)).toEqual(expected)
  })
  test('give a role once, wherever they give it', () => {
    const text = `waw=VIEWER@${b}, krk=VIEWER@${a.toUpperCase()}, all=VIEWER, cn=noc,dc=OPERATOR, krk=AUDITOR`
    expect(rolesOf(text.replace('cn=noc,dc', 'cn=noc dc'), ['waw', 'krk'])).toEqual([
      { role: 'AUDITOR', siteIds: null },
      { role: 'VIEWER', siteIds: [a, b] },
    ])
    expect(rolesOf(text.replace('cn=noc,dc', 'cn=noc dc'), ['waw', 'all', 'cn=noc dc'])).toEqual(
      everywhere('OPERATOR', 'VIEWER'),
    )
  })
  test('may be many that give the same', () => {
    const names = Array.from({ length: 50 }, (_, index) => `g${index}`)
    expect(rolesOf(names.map((name) => `${name}=OPERATOR`).join(), names)).toEqual(everywhere('OPERATOR'))
  })
})

describe('settings', () => {
  test('are none without an issuer', () => {
    expect(readOidc(readConfig(settings, {}))).toBeUndefined()
    expect(read()?.redirectUri).toBe('https://sotp.example.net/login/oidc')
  })
  test.each([
    ['SOTP_OIDC_ISSUER', 'http://id.example.net'],
    ['SOTP_OIDC_ISSUER', 'id.example.net'],
    ['SOTP_OIDC_CLIENT_ID', ''],
    ['SOTP_OIDC_SCOPES', 'profile'],
    ['SOTP_OIDC_ROLES', ''],
    ['SOTP_OIDC_ROLES', 'noc'],
    ['SOTP_OIDC_ROLES', '=ADMIN'],
    ['SOTP_OIDC_ROLES', 'noc=ROOT'],
    ['SOTP_OIDC_ROLES', 'noc=VIEWER@warsaw'],
    ['SOTP_OIDC_ROLES', `noc=VIEWER@${a}@${b}`],
    ['SOTP_OIDC_ROLES', Array.from({ length: 101 }, () => `noc=VIEWER@${crypto.randomUUID()}`).join()],
    ['SOTP_OIDC_DEFAULT_ROLE', 'ROOT'],
    ['SOTP_PUBLIC_URL', ''],
    ['SOTP_PUBLIC_URL', 'http://sotp.example.net'],
  ])('refuse %s=%s', (key, value) => {
    expect(() => read({ [key]: value })).toThrow(key)
  })
})
