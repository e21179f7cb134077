import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { DeviceKind } from '#core/contract/devices.js'

import { type TreeNode, workOutParents } from './parents.js'

const node = (id: string, kind: DeviceKind = 'SWITCH', more: Partial<TreeNode> = {}): TreeNode => ({
  ...{ id, kind, tags: [], manual: null },
  ...more,
})
const of = async (nodes: TreeNode[], edges: [string, string][], known: string[] = []) => {
  const { parents, roots } = await workOutParents(nodes, edges, new Set(known))
  return { roots, parents: Object.fromEntries(parents) }
}

const diamond = [node('core', 'ROUTER'), node('d1'), node('d2'), node('acc'), node('srv', 'SERVER')]
const cables: [string, string][] = [
  ['core', 'd1'],
  ['core', 'd2'],
  ['d1', 'acc'],
  ['d2', 'acc'],
  ['acc', 'srv'],
]

test('a device has a parent on each of its shortest ways to the root', async () => {
  expect(await of(diamond, cables)).toEqual({
    roots: ['core'],
    parents: { core: [], d1: ['core'], d2: ['core'], acc: ['d1', 'd2'], srv: ['acc'] },
  })
})

test('roots are those that are tagged, and one that was worked out stays until another is clearly better', async () => {
  const tagged = diamond.map((one) => (one.id === 'd1' ? { ...one, tags: ['topology-root'] } : one))
  expect((await of(tagged, cables)).roots).toEqual(['d1'])
  const pair = [node('r1', 'ROUTER'), node('r2', 'ROUTER'), node('s1'), node('s2')]
  const square: [string, string][] = [
    ['r1', 's1'],
    ['r2', 's1'],
    ['r1', 's2'],
    ['r2', 's2'],
  ]
  expect((await of(pair, square)).roots).toEqual(['r1'])
  expect((await of(pair, square, ['r2'])).roots).toEqual(['r2'])
})

test('nobody is reached through a server that has a cable in two switches, unless there is no other way', async () => {
  const nodes = [node('core', 'ROUTER'), node('d1'), node('srv', 'SERVER'), node('d2'), node('d3')]
  const edges: [string, string][] = [
    ['core', 'd1'],
    ['d1', 'srv'],
    ['srv', 'd2'],
    ['core', 'd3'],
    ['d3', 'd2'],
  ]
  expect((await of(nodes, edges)).parents).toMatchObject({ d2: ['d3'], srv: ['d1'] })
  expect((await of(nodes, edges.slice(0, 3))).parents).toMatchObject({ d2: ['srv'], d3: [] })
})

test('parents set by hand stay, and what would close a circle with them is left out', async () => {
  const nodes = diamond.map((one) => (one.id === 'd1' ? { ...one, manual: ['acc'] } : one))
  const { parents } = await of(nodes, cables)
  expect(parents).not.toHaveProperty('d1')
  expect(parents['acc']).toEqual(['d2'])
})

test('whatever the cables and whatever was set, nobody is reached through themselves', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  const name = fc.constantFrom(...names)
  const kind = fc.constantFrom<DeviceKind[]>('ROUTER', 'SWITCH', 'SERVER', 'OTHER')
  const drawn = fc.record({
    kinds: fc.array(kind, { minLength: names.length, maxLength: names.length }),
    edges: fc.array(fc.tuple(name, name), { maxLength: 20 }),
    // A chain by hand: itself without a circle, as the service sees to it.
    manual: fc.uniqueArray(name, { maxLength: 4 }),
  })
  await fc.assert(
    fc.asyncProperty(drawn, async ({ kinds, edges, manual }) => {
      const by = new Map(manual.slice(1).map((id, n) => [id, [manual[n] ?? '']]))
      const nodes = names.map((id, n) => node(id, kinds[n], { manual: by.get(id) ?? null }))
      const { parents } = await workOutParents(nodes, edges, new Set())
      for (const id of names) {
        const above = new Set(by.get(id) ?? parents.get(id))
        for (const one of above) for (const next of by.get(one) ?? parents.get(one) ?? []) above.add(next)
        expect(above.has(id)).toBe(false)
      }
    }),
    { numRuns: 500 },
  )
})
