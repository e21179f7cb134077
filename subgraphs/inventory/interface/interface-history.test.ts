import { Redis } from 'ioredis'
import { beforeEach, describe, expect, test } from 'vitest'

import type { DeviceFacts, InterfaceFacts } from '#core/contract/devices.js'
import { openKnownPorts } from '#core/service/known-ports.js'
import { deviceFacts, portFacts } from '#tests/kit/device-facts.js'
import { openInventory } from '#tests/kit/opened-inventory.js'

import { storeFacts } from '../device/device-facts.js'
import { restoreKnownPorts } from './known-ports.js'

const { room, source } = await openInventory()
let id: string
beforeEach(async () => {
  await room.sql.query('TRUNCATE device, site, credential CASCADE')
  id = await room.createDevice({ name: 'a', address: '10.0.0.1' })
})

const port = (key: string, ifIndex: number, rest?: Partial<InterfaceFacts>) =>
  portFacts(id, key, ifIndex, rest)
const facts = (at: number, rest?: Partial<DeviceFacts>) => deviceFacts(id, at, rest)
describe('facts of ports', () => {
  test('tell what became of ports: renamed, exchanged, renumbered, other hardware', async () => {
    const a = port('a', 1, { mac: '02:00:00:00:00:01' })
    const b = port('b', 2, { mac: '02:00:00:00:00:02' })
    await storeFacts(source, facts(1000, { interfaces: [a, b] }))
    await storeFacts(source, facts(2000, { interfaces: [{ ...a, key: 'a1', name: 'a1' }, b] }))
    await storeFacts(
      source,
      facts(3000, {
        interfaces: [
          { ...a, key: 'b', name: 'b', ifIndex: 7 },
          { ...b, key: 'a1', name: 'a1' },
        ],
      }),
    )
    await storeFacts(
      source,
      facts(4000, {
        interfaces: [
          { ...a, key: 'b', name: 'b', ifIndex: 7, mac: '02:00:00:00:00:09' },
          { ...b, key: 'a1', name: 'a1' },
        ],
      }),
    )
    const told = 'kind before after ports'
    const { device } = (
      await room.run(
        `{ device(id: "${id}") { interfaceChanges { ${told} } interfaces { nodes { name changes(first: 2) { ${told} } } } } }`,
      )
    ).data
    const change = (kind: string, before: string | null, after: string | null) => ({
      kind,
      before,
      after,
      ports: 1,
    })
    const hardware = change('HARDWARE_CHANGED', '02:00:00:00:00:01', '02:00:00:00:00:09')
    expect(device.interfaceChanges).toEqual([
      hardware,
      change('RENUMBERED', null, null),
      change('SWAPPED', 'b', 'a1'),
      change('SWAPPED', 'a1', 'b'),
      change('RENAMED', 'a', 'a1'),
    ])
    expect(device.interfaces.nodes).toEqual([
      { name: 'a1', changes: [change('SWAPPED', 'b', 'a1')] },
      { name: 'b', changes: [hardware, change('SWAPPED', 'a1', 'b')] },
    ])
  })
  test('give collectors back how renamed ports are recognised, where Redis lost it', async () => {
    const redis = new Redis(room.redisUrl)
    const known = openKnownPorts(redis)
    const a = port('a', 1, { mac: '02:00:00:00:00:01' })
    await storeFacts(source, facts(1000, { interfaces: [a] }))
    await restoreKnownPorts(source, known)
    expect(await known.get(id)).toEqual([])
    await storeFacts(source, facts(2000, { interfaces: [{ ...a, key: 'a1', name: 'a1' }] }))
    await restoreKnownPorts(source, known)
    const restored = [expect.objectContaining({ id: a.id, key: 'a1', mac: a.mac, goneAt: null })]
    expect(await known.get(id)).toEqual(restored)
    await known.set(id, [])
    await restoreKnownPorts(source, known)
    expect(await known.get(id)).toEqual([])
    redis.disconnect()
  })
})
