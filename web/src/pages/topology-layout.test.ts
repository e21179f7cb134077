import { expect, test } from 'vitest'

import type { MapNode, MapSite } from './topology-graph'
import { layOut } from './topology-layout'

/** Sites of a router, some switches below it, and hosts below those. */
function network(sites: number, switches: number, hosts: number): Map<string, MapSite> {
  const node = (site: string, id: string, parents: string[]): MapNode => ({
    ...{ id, site, name: id, device: undefined, stranger: false, parents },
  })
  return new Map(
    Array.from({ length: sites }, (_, n) => {
      const key = `s${n}`
      const nodes = [node(key, `${key}-r`, n === 0 ? [] : ['s0-r'])]
      for (let s = 0; s < switches; s++) {
        nodes.push(node(key, `${key}-sw${s}`, [`${key}-r`]))
        for (let h = 0; h < hosts; h++) nodes.push(node(key, `${key}-sw${s}-h${h}`, [`${key}-sw${s}`]))
      }
      return [key, { key, name: key, nodes }]
    }),
  )
}
const tree = (sites: number) => Array.from({ length: sites - 1 }, (_, n) => ({ a: 's0', b: `s${n + 1}` }))

test('a network looks the same each time, nothing lies on anything else, and who leads stands above', () => {
  const sites = network(12, 5, 6)
  const layout = layOut(sites, tree(12), () => true)
  expect(layOut(network(12, 5, 6), tree(12), () => true)).toEqual(layout)
  const places = [...layout.nodes.values()].map(({ x, y }) => `${x} ${y}`)
  expect(new Set(places).size).toBe(12 * 36)
  for (const { node, y } of layout.nodes.values()) {
    for (const parent of node.parents) expect(layout.nodes.get(parent)?.y ?? 0).toBeLessThan(y)
  }
  for (const a of layout.sites) {
    for (const b of layout.sites) {
      if (a === b) continue
      const apart =
        a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
      expect(apart, `${a.site.key} ${b.site.key}`).toBe(true)
    }
  }
})

test('a site that is folded up is one thing, and parents in a circle do not hold the layout', () => {
  const sites = network(2, 2, 2)
  const [router, first] = sites.get('s1')?.nodes ?? []
  if (!router || !first) throw new Error('no nodes')
  router.parents = [first.id]
  const layout = layOut(sites, tree(2), (key) => key === 's1')
  expect(layout.sites.map(({ site, open }) => [site.key, open])).toEqual([
    ['s0', false],
    ['s1', true],
  ])
  expect(layout.nodes.size).toBe(7)
})
