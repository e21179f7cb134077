import { describe, expect, test } from 'vitest'

import { grantList } from './grant.js'

const site = () => crypto.randomUUID()
const sites = (count: number) => Array.from({ length: count }, site)
const faultOf = (grants: unknown) => grantList.safeParse(grants).error?.issues[0]?.message

describe('grants', () => {
  test('of one role become one, in the catalogue’s order, each site once', () => {
    const [a = '', b = ''] = sites(2).sort()
    expect(
      grantList.parse([
        { role: 'VIEWER', siteIds: [b] },
        { role: 'OPERATOR', siteIds: [a, a.toUpperCase()] },
        { role: 'VIEWER', siteIds: [a, b] },
      ]),
    ).toEqual([
      { role: 'OPERATOR', siteIds: [a] },
      { role: 'VIEWER', siteIds: [a, b] },
    ])
  })
  test('everywhere need no sites beside them', () => {
    expect(grantList.parse([{ role: 'VIEWER', siteIds: sites(3) }, { role: 'VIEWER' }])).toEqual([
      { role: 'VIEWER', siteIds: null },
    ])
  })
  test.each([
    ['none at all', [], 'needs at least one grant'],
    ['more than twenty', Array(21).fill({ role: 'VIEWER' }), 'at most 20 grants'],
    ['no site, which is not everywhere', [{ role: 'VIEWER', siteIds: [] }], 'must name a site'],
    ['what is no site', [{ role: 'VIEWER', siteIds: ["' OR true"] }], 'not the id of a site'],
    ['more than a hundred sites', [{ role: 'VIEWER', siteIds: sites(101) }], 'at most 100 sites'],
    [
      'more than a hundred sites over several roles',
      [
        { role: 'VIEWER', siteIds: sites(51) },
        { role: 'OPERATOR', siteIds: sites(50) },
      ],
      'at most 100 sites',
    ],
    ['an unknown role', [{ role: 'ROOT' }], 'Invalid option'],
  ])('refuse %s', (_, grants, message) => {
    expect(faultOf(grants)).toContain(message)
  })
  test('may name a hundred sites', () => {
    expect(faultOf([{ role: 'VIEWER', siteIds: sites(100) }])).toBeUndefined()
  })
})
