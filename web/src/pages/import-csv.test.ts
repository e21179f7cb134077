import { expect, test } from 'vitest'

import { reasonsCsv, rejectedCsv, rowsIn } from './import-csv'

const rejected = (line: number, reason: string, row: string) => ({
  __typename: 'ImportRejection' as const,
  line,
  reason,
  row,
})

test('rejected rows stand under the header of their file, to be mended and imported again', () => {
  const csv = '\uFEFFname,address\r\na,10.0.0.1\r\nb,nowhere at all\r\n'
  expect(rejectedCsv(csv, [rejected(3, 'address: wrong', 'b,nowhere at all')])).toBe(
    'name,address\r\nb,nowhere at all\r\n',
  )
})

test('reasons are CSV themselves, whatever a row holds', () => {
  expect(reasonsCsv([rejected(2, 'name: "x" stands already on line 1', '"x, y",1')])).toBe(
    'line,reason,row\r\n2,"name: ""x"" stands already on line 1","""x, y"",1"\r\n',
  )
})

test('counts rows below the header', () => {
  expect([rowsIn(''), rowsIn('name,address'), rowsIn('name,address\na,b\n\nc,d\n')]).toEqual([0, 0, 2])
})
