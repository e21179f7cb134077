import { expect, test } from 'vitest'

import { parseCsv } from './csv.js'

const fields = (text: string) => parseCsv(text).map((record) => record.fault ?? record.fields)

test.each([
  [
    'a,b\r\nc,d\r\n',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  [
    'a,b\nc,d',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  ['a\rb', [['a'], ['b']]],
  ['\uFEFFname,x', [['name', 'x']]],
  ['"a, b","say ""hi""","two\r\nlines"', [['a, b', 'say "hi"', 'two\r\nlines']]],
  [
    'a,,\n,b',
    [
      ['a', '', ''],
      ['', 'b'],
    ],
  ],
  ['"",x', [['', 'x']]],
  ['', []],
  ['\n\n  \na', [['a']]],
])('reads %j', (text, expected) => {
  expect(fields(text)).toEqual(expected)
})

test('a fault costs its own line only', () => {
  expect(parseCsv('h\n"open,1\nb,2\n"x"y,3\nq"uote\n"multi\nline",4')).toEqual([
    { line: 1, raw: 'h', fields: ['h'], fault: null },
    { line: 2, raw: '"open,1', fields: [], fault: 'text follows a quoted field' },
    { line: 3, raw: 'b,2', fields: ['b', '2'], fault: null },
    { line: 4, raw: '"x"y,3', fields: [], fault: 'text follows a quoted field' },
    { line: 5, raw: 'q"uote', fields: [], fault: 'a quote stands inside a field that is not quoted' },
    { line: 6, raw: '"multi\nline",4', fields: ['multi\nline', '4'], fault: null },
  ])
  expect(fields('a\n"never closed\nb')).toEqual([['a'], 'a quoted field is not closed', ['b']])
})
