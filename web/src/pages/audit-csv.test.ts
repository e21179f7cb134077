import { expect, test } from 'vitest'

import { joinCsv } from './audit-csv'

test('parts of a table become one, with the header once', () => {
  expect(joinCsv(['seq,at\r\n3,c\r\n', 'seq,at\r\n2,b\r\n', 'seq,at\r\n1,"a\r\nb"\r\n'])).toBe(
    'seq,at\r\n3,c\r\n2,b\r\n1,"a\r\nb"\r\n',
  )
  expect(joinCsv(['seq,at\r\n'])).toBe('seq,at\r\n')
})
