import { monitorEventLoopDelay } from 'node:perf_hooks'
import { describe, expect, test } from 'vitest'

import { removalDate } from './schema-check.js'
import { composeInThread, validateInThread } from './schema-thread.js'

const federation = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])'
const inventory = {
  name: 'inventory',
  url: 'http://inventory.invalid/graphql',
  sdl: `${federation}
    type Query { device(id: ID!, exact: Boolean): Device devices(kind: Kind): [Device!]! }
    type Device @key(fields: "id") { id: ID! name: String! old: String @deprecated(reason: "Use name. Removal: 2026-01-31.") }
    enum Kind { ROUTER SWITCH }`,
}
const rack = {
  name: 'rack',
  url: 'http://127.0.0.1:4999/graphql',
  sdl: `${federation} type Device @key(fields: "id") { id: ID! rackPosition: String }`,
}
const work = { before: null, documents: [], today: '2026-11-23' }

describe('work in a thread', () => {
  test('composes subgraphs and lists the fields that clients can ask for', async () => {
    const { composition, faults, fields } = await composeInThread({ ...work, parts: [inventory, rack] })
    expect(faults).toEqual([])
    expect(composition?.supergraph).toContain('url: "http://127.0.0.1:4999/graphql"')
    expect(composition?.api).toContain('rackPosition: String')
    expect(composition?.api).not.toContain('join__')
    expect(fields).toContainEqual({
      coordinate: 'Device.old',
      type: 'String',
      deprecation: 'Use name. Removal: 2026-01-31.',
      removal: '2026-01-31',
    })
  })

  test('does not hold up the event loop', async () => {
    // How long it may block is a law of the house; here only that the loop turned while the work ran.
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    await composeInThread({ ...work, parts: [inventory, rack] })
    delay.disable()
    expect(delay.count).toBeGreaterThan(5)
  })

  test.each([
    ['text that is no SDL', 'type Device {', /Syntax Error/],
    [
      'a type that nobody defines',
      `${federation} type Device @key(fields: "id") { id: ID! at: Rack }`,
      /Rack/,
    ],
    [
      'a field that another owns',
      `${federation} type Device @key(fields: "id") { id: ID! name: String! }`,
      /name/,
    ],
  ])('tells the faults of %s', async (_case, sdl, message) => {
    const outcome = await composeInThread({ ...work, parts: [inventory, { ...rack, sdl }] })
    expect(outcome.composition).toBeNull()
    expect(outcome.faults.join('\n')).toMatch(message)
  })

  test('tells which documents would no longer fit, and what changed', async () => {
    const before = (await composeInThread({ ...work, parts: [inventory, rack] })).composition?.api ?? ''
    const sdl = inventory.sdl
      .replace(', exact: Boolean', '')
      .replace('ROUTER SWITCH', 'ROUTER')
      .replace(/old: .*\) }/, '}')
    const { changes, broken } = await composeInThread({
      ...work,
      before,
      parts: [{ ...inventory, sdl }],
      documents: [
        { hash: 'fits', text: '{ device(id: 1) { name } }' },
        { hash: 'exact', text: '{ device(id: 1, exact: true) { name } }' },
        { hash: 'rack', text: '{ device(id: 1) { rackPosition } }' },
        { hash: 'never fitted', text: '{ nothing }' },
        { hash: 'no document', text: '{' },
      ],
    })
    expect(broken.map(({ hash }) => hash)).toEqual(['exact', 'rack'])
    expect(changes.map(({ level, coordinate, fields }) => ({ level, coordinate, fields }))).toEqual([
      { level: 'BREAKING', coordinate: 'Device.rackPosition', fields: ['Device.rackPosition'] },
      { level: 'BREAKING', coordinate: 'Kind.SWITCH', fields: ['Query.devices'] },
      { level: 'BREAKING', coordinate: 'Query.device(exact:)', fields: ['Query.device'] },
      // Its removal date has passed.
      { level: 'SAFE', coordinate: 'Device.old', fields: ['Device.old'] },
    ])
  })

  test('judges a document', async () => {
    const api = 'type Query { device: Int }'
    expect(await validateInThread({ api, text: '{ device }' })).toEqual([])
    expect(await validateInThread({ api, text: '{ devise }' })).toEqual([
      'Cannot query field "devise" on type "Query". Did you mean "device"?',
    ])
    expect(await validateInThread({ api, text: '{' })).toEqual(['Syntax Error: Expected Name, found <EOF>.'])
  })

  test('a thread that fails is told, and the next one works', async () => {
    const parts = [null as never]
    await expect(composeInThread({ ...work, parts })).rejects.toThrow()
    expect((await composeInThread({ ...work, parts: [inventory] })).faults).toEqual([])
  })
})

test.each([
  ['Use name. Removal: 2027-06-30.', '2027-06-30'],
  ['Use name.', null],
  ['Removal: soon', null],
])('reads the removal date of %j', (reason, day) => expect(removalDate(reason)).toBe(day))
