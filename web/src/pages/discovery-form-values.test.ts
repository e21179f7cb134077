import { expect, test } from 'vitest'

import { blankDiscovery, entriesOf, inputOfDiscovery } from './discovery-form-values'

test('lists are read whatever stands between their entries', () => {
  expect(entriesOf(' 10.0.0.0/24,10.0.1.7\n\n2001:db8::/120 ; 10.2.0.0/16 ')).toEqual([
    ...['10.0.0.0/24', '10.0.1.7', '2001:db8::/120', '10.2.0.0/16'],
  ])
})

test('what does not apply is not sent', () => {
  const values = { ...blankDiscovery, targets: '10.0.0.1', within: '10.0.0.0/8', ports: '161, 1161' }
  expect(inputOfDiscovery(values)).toMatchObject({ within: ['10.0.0.0/8'], ports: [161, 1161], siteId: null })
  const alone = inputOfDiscovery({ ...values, useNeighbors: false, includeKnown: true })
  expect(alone).not.toHaveProperty('within')
  expect(alone.includeKnown).toBe(false)
})
