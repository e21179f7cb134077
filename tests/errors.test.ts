import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import { errors } from '#core/contract/errors.js'

const rows = readFileSync('docs/errors.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| [A-Z_]+ \|/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )

test('docs/errors.md lists every error with its status, message and retry, in the order of the catalogue', () => {
  const listed = rows.map(([code, status, message, retry]) => [code, status, message, retry])
  expect(listed).toEqual(
    Object.entries(errors).map(([code, { status, message, retry }]) => [
      code,
      String(status),
      message,
      retry ? 'yes' : 'no',
    ]),
  )
})

test('docs/errors.md says for every error what to do', () => {
  expect(
    rows.filter((cells) => cells.length !== 5 || !cells[4]?.endsWith('.')).map(([code]) => code),
  ).toEqual([])
})
