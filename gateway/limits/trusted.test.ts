import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parse, print } from 'graphql'
import { afterAll, describe, expect, test } from 'vitest'

import { createLog } from '#core/service/log.js'

import { canonicalText } from './canonical.js'
import { openTrusted, readWebManifest, trustedOf } from './trusted.js'

const log = createLog('test', 'silent')
const folder = mkdtempSync(path.join(tmpdir(), 'sotp-documents-'))
afterAll(() => rmSync(folder, { recursive: true }))
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

describe('one text for all that ask for the same', () => {
  const same = (a: string, b: string) => canonicalText(a, 1000) === canonicalText(b, 1000)

  test('ignores order, white space, comments and __typename', () => {
    expect(
      same(
        '{ a b(x: 1, y: {p: 1, q: 2}) { c } }',
        '{ __typename b(y: {q: 2, p: 1}, x: 1) { __typename c } # x\n a }',
      ),
    ).toBe(true)
    expect(
      same(
        'query Q($a: Int, $b: Int) { ...F } fragment F on T { x }',
        'fragment F on T { x } query Q($b: Int, $a: Int) { ...F }',
      ),
    ).toBe(true)
  })

  test('keeps everything else apart', () => {
    expect(same('{ a }', '{ b }')).toBe(false)
    expect(same('{ a }', 'query Q { a }')).toBe(false)
    expect(same('{ a(x: [1, 2]) }', '{ a(x: [2, 1]) }')).toBe(false)
    expect(same('mutation { a b }', 'mutation { b a }')).toBe(false)
    expect(same('{ a { __typename } }', '{ a { b } }')).toBe(false)
    expect(same('{ a { t: __typename b } }', '{ a { b } }')).toBe(false)
    expect(canonicalText('{ a', 1000)).toBeUndefined()
  })
})

describe('trusted documents', () => {
  test('are those of the web app, by hash, by text, and as its client prints them', () => {
    const manifest = readWebManifest()
    const trusted = trustedOf([manifest])
    expect(Object.keys(manifest).length).toBeGreaterThan(20)
    for (const [hash, text] of Object.entries(manifest)) {
      expect(hash).toBe(`sha256:${sha256(text)}`)
      expect(trusted.text(hash)).toBe(text)
      expect(trusted.text(sha256(text))).toBe(text)
      expect(trusted.includes(text)).toBe(true)
      expect(trusted.includes(print(parse(text)))).toBe(true)
    }
    expect(trusted.text('sha256:00')).toBeUndefined()
    expect(trusted.text('__proto__')).toBeUndefined()
    for (const text of ['{ viewer { user { id } } }', '', '{', '{ a '.repeat(1000)]) {
      expect(trusted.includes(text)).toBe(false)
    }
  })

  test('are read from a folder, again when it changes, whatever else lies there', async () => {
    const text = '{ viewer { user { name } } }'
    writeFileSync(path.join(folder, 'note.txt'), 'not a manifest')
    writeFileSync(path.join(folder, 'broken.json'), '[1, 2')
    using trusted = await openTrusted({ folder, log })
    expect(trusted.includes(text)).toBe(false)
    expect(trusted.includes(Object.values(readWebManifest())[0] ?? '')).toBe(true)
    writeFileSync(
      path.join(folder, 'partner.json'),
      JSON.stringify({ [`sha256:${sha256(text)}`]: text, own: '{ a }' }),
    )
    await expect.poll(() => trusted.includes(text)).toBe(true)
    expect(trusted.text(sha256(text))).toBe(text)
    expect(trusted.text('own')).toBe('{ a }')
    rmSync(path.join(folder, 'partner.json'))
    await expect.poll(() => trusted.includes(text)).toBe(false)
  })

  test('need the folder that the settings name', async () => {
    await expect(openTrusted({ folder: path.join(folder, 'gone'), log })).rejects.toThrow('ENOENT')
  })
})
