import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'

import { echoStatistics, type FpingLine, LineReader, parseFpingLine } from './fping-output.js'

const folder = path.join(import.meta.dirname, 'fixtures')
const round = (value: number | null) => (value === null ? null : Math.round(value * 10_000) / 10_000)

describe.each(readdirSync(folder))('what fping wrote: %s', (name) => {
  const text = readFileSync(path.join(folder, name, 'stderr.txt'), 'utf8')
  const expected: unknown = JSON.parse(readFileSync(path.join(folder, name, 'expected.json'), 'utf8'))

  test.each([1, 7, 100_000])('reads the same in chunks of %i characters', (size) => {
    const lines: FpingLine[] = []
    const reader = new LineReader((line) => lines.push(parseFpingLine(line)))
    for (let from = 0; from < text.length; from += size) reader.push(text.slice(from, from + size))
    reader.end()
    const statistics = Object.fromEntries(
      lines.flatMap((line) => {
        if (line.kind !== 'replies') return []
        const figures = Object.entries(echoStatistics(line.replies))
        return [[line.address, Object.fromEntries(figures.map(([key, value]) => [key, round(value)]))]]
      }),
    )
    expect({ lines, statistics }).toEqual(expected)
  })
})

test('a line without end is cut, not gathered for ever', () => {
  const lines: string[] = []
  const reader = new LineReader((line) => lines.push(line), 100)
  for (let n = 0; n < 1000; n++) reader.push('x'.repeat(100))
  reader.push('\n127.0.0.1 : 0.1\n')
  expect(lines.map((line) => line.length)).toEqual([100, 15])
})
