import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

import { addSection, breakingMessage, changelogSection, changesSince } from './release.js'

const before = `
  type Query { device(id: ID, name: String): Device  old: Int @deprecated(reason: "Removal: 2027-01-01.") }
  type Device { id: ID! name: String kind: Kind label: String }
  enum Kind { ROUTER SWITCH @deprecated(reason: "Removal: 2026-01-01.") }`
const documents = {
  one: 'query DevicePage { device(id: 1) { name kind } }',
  two: 'query ByName($name: String) { device(name: $name) { id } }',
  gone: 'query NeverFitted { nothing }',
}
const today = '2026-11-23'
const changes = (now: string) =>
  changesSince(
    { api: before, documents },
    { api: now, documents: { own: 'query Own { device { kind } }' } },
    today,
  )

describe('a change of the graph', () => {
  test('that breaks is told with the field and the operations that use it', async () => {
    const found = await changes(
      before.replace('name: String kind', 'title: String kind').replace(', name: String)', ')'),
    )
    const message = breakingMessage(found) ?? ''
    expect(message).toMatch(/Device\.name: .*removed.*\(used by DevicePage\)/)
    expect(message).toMatch(/Query\.device\(name:\): .*removed.*\(used by ByName(, DevicePage)?\)/)
    expect(message).not.toContain('NeverFitted')
    expect(message).not.toContain('title')
  })

  test('that breaks what nobody of us uses breaks all the same', async () => {
    const message = breakingMessage(await changes(before.replace(' label: String', '')))
    expect(message).toMatch(/Device\.label: .*\(used by none of our operations\)/)
  })

  test('that adds breaks nothing', async () => {
    const found = await changes(before.replace('id: ID!', 'id: ID! more: Int'))
    expect(breakingMessage(found)).toBeUndefined()
    expect(found.map(({ coordinate, level }) => [coordinate, level])).toEqual([['Device.more', 'SAFE']])
    expect(breakingMessage(await changes(before))).toBeUndefined()
  })

  test('may remove what is deprecated only after the day it stated', async () => {
    const early = await changes(before.replace(/ old: .*"\)/, ''))
    expect(breakingMessage(early)).toMatch(/Query\.old/)
    const due = await changes(before.replace(/SWITCH.*"\)/, ''))
    expect(breakingMessage(due)).toBeUndefined()
    expect(due.find(({ coordinate }) => coordinate === 'Kind.SWITCH')?.level).toBe('SAFE')
  })
})

describe('the changelog', () => {
  test('has a section for each release, the newest first, and one only for each version', async () => {
    const found = await changes(before.replace('id: ID!', 'id: ID! more: Int').replace(' label: String', ''))
    const section = changelogSection(found, '1.1.0', today)
    expect(section).toMatch(
      /^## 1\.1\.0, 2026-11-23\n\n### Breaking\n\n- `Device\.label`: .*\n\n### New or harmless\n\n- `Device\.more`/,
    )
    const first = addSection('', changelogSection(undefined, '1.0.0', '2026-01-01'))
    const second = addSection(first, section)
    expect(second.match(/^## .*/gm)).toEqual(['## 1.1.0, 2026-11-23', '## 1.0.0, 2026-01-01'])
    expect(addSection(second, section)).toBe(second)
    expect(first).toContain('The first release.')
    expect(changelogSection([], '1.2.0', today)).toContain('No change.')
  })
})

test('the committed graph keeps what the last release promised', async () => {
  const read = (name: string) => readFileSync(new URL(`../../graphql/${name}`, import.meta.url), 'utf8')
  const release = (folder: string) => ({
    api: read(`${folder}schema.graphql`),
    documents: JSON.parse(read(`${folder}documents.json`)) as Record<string, string>,
  })
  const found = await changesSince(release('released/'), release(''), new Date().toISOString().slice(0, 10))
  expect(breakingMessage(found)).toBeUndefined()
})
