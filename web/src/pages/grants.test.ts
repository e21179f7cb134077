import { expect, test } from 'vitest'

import { grantInputs, grantsFault, grantValues } from './grants'

test('grants come back from the editor as they went in', () => {
  const values = grantValues([
    { role: 'OPERATOR', everywhere: false, sites: [{ id: 'a', name: 'A' }, null] },
    { role: 'VIEWER', everywhere: true, sites: null },
  ])
  expect(grantInputs(values)).toEqual([{ role: 'OPERATOR', siteIds: ['a'] }, { role: 'VIEWER' }])
})

test('no role, or a role within no site, is not yet a grant', () => {
  expect(grantsFault({})).toBe('none')
  expect(grantsFault({ VIEWER: undefined })).toBe('none')
  expect(grantsFault({ VIEWER: [] })).toBe('sites')
  expect(grantsFault({ VIEWER: null, OPERATOR: ['a'] })).toBeUndefined()
})
