import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

import { loadCatalogue } from './catalogue.js'
import { meaningOf } from './meaning.js'
import { fill } from './summary.js'

function folderWith(content: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'traps-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(path.join(folder, 'own.yaml'), content)
  return folder
}

test('the catalogue is valid, and every summary speaks of objects that it names', () => {
  const { notifications, objects } = loadCatalogue()
  expect(notifications.size).toBeGreaterThan(100)
  expect(objects.size).toBeGreaterThan(100)
})

test('severity, words of values and indexes come from what a trap carries', () => {
  const catalogue = loadCatalogue()
  const meaning = meaningOf(catalogue, '1.3.6.1.4.1.9.9.13.3.0.3', [
    { oid: '1.3.6.1.4.1.9.9.13.1.3.1.2.7', type: 'OCTET_STRING', value: 'inlet' },
    { oid: '1.3.6.1.4.1.9.9.13.1.3.1.6.7', type: 'INTEGER', value: '3' },
  ])
  expect(meaning).toMatchObject({
    name: 'ciscoEnvMonTemperature',
    severity: 'CRITICAL',
    summary: 'Temperature inlet: critical',
    poll: false,
  })
  expect(meaning.varbinds.map(({ name }) => name)).toEqual([
    'ciscoEnvMonTemperatureStatusDescr.7',
    'ciscoEnvMonTemperatureState.7',
  ])
  const bgp = meaningOf(catalogue, '1.3.6.1.2.1.15.7.0.2', [
    { oid: '1.3.6.1.2.1.15.3.1.2.192.0.2.1', type: 'INTEGER', value: '1' },
  ])
  // As a v1 agent's old trap is mapped (RFC 3584 §3.1), with the peer in the index.
  expect(bgp.summary).toBe('BGP session with 192.0.2.1 fell back to idle')
  const palo = meaningOf(catalogue, '1.3.6.1.4.1.25461.2.1.3.2.0.913', [
    { oid: '1.3.6.1.4.1.25461.2.1.3.1.303.0', type: 'INTEGER', value: '6' },
    { oid: '1.3.6.1.4.1.25461.2.1.3.1.304.0', type: 'OCTET_STRING', value: 'PSU 2 failed' },
  ])
  expect(palo).toMatchObject({ severity: 'CRITICAL', summary: 'PSU 2 failed' })
  expect(meaningOf(catalogue, '1.3.6.1.6.3.1.1.5.3', []).summary).toBe('A port went down')
  expect(meaningOf(catalogue, '1.3.6.1.4.1.2636.9.9', []).summary).toBe(
    'Juniper notification 1.3.6.1.4.1.2636.9.9',
  )
})

test('one’s own files go before ours; what is wrong in them is told with file, line and key', () => {
  const own = loadCatalogue(
    folderWith(`
enterprises: { 99999: Acme }
notifications:
  - { oid: 1.3.6.1.6.3.1.1.5.3, name: linkDown, severity: CRITICAL, category: LINK, summary: "{acmePort} is dead" }
objects:
  1.3.6.1.4.1.99999.1: acmePort
`),
  )
  const meaning = meaningOf(own, '1.3.6.1.6.3.1.1.5.3', [
    { oid: '1.3.6.1.4.1.99999.1.0', type: 'INTEGER', value: '7' },
  ])
  expect(meaning).toMatchObject({ severity: 'CRITICAL', summary: '7 is dead' })
  const faulty = (content: string) => () => loadCatalogue(folderWith(content))
  expect(
    faulty('notifications:\n  - { oid: 1.2.3, name: x, severity: BAD, category: LINK, summary: x }'),
  ).toThrow(/own\.yaml:2: notifications\.0\.severity: /)
  expect(faulty('notifications: [\n')).toThrow(/own\.yaml: .+/)
  expect(
    faulty('notifications:\n  - { oid: 1.2.3, name: x, severity: INFO, category: LINK, summary: "{nix}" }'),
  ).toThrow('own.yaml: x: speaks of nix, which no file names')
  expect(() => loadCatalogue('/nowhere')).toThrow('/nowhere cannot be read (ENOENT)')
})

test('a value cannot break out of a summary, and its length is bounded', () => {
  const find = (name: string) =>
    name === 'a' ? { value: '[{b}]\n x', index: '1', word: undefined } : undefined
  expect(fill('{a} and {b}[ or {b}]', find)).toBe('[{b}] x and ?')
  expect(fill('{a}', () => ({ value: 'x'.repeat(9000), index: '', word: undefined }))).toHaveLength(500)
})
