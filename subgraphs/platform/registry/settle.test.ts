import { expect, test } from 'vitest'

import { supergraphKey } from '#core/contract/supergraph.js'
import { createLog } from '#core/service/log.js'
import { openSecretBox } from '#core/service/secrets.js'
import { owned, patiently, rack, registryOf, startPlatform } from '#tests/kit/platform.js'

import { readBase } from './base.js'
import { RegistryService } from './registry.service.js'

const log = createLog('test', 'silent')
const base = readBase()
const box = openSecretBox(Buffer.alloc(32).toString('base64'))

test('gateways learn again from a Redis that forgot', async () => {
  const platform = owned(await startPlatform())
  await expect.poll(platform.told, patiently).toMatchObject({ version: 1, id: base.id })
  const before = await platform.told()
  await platform.redis.del(supergraphKey)
  await platform.restart()
  await expect.poll(platform.told, patiently).toEqual(before)
})

test('a new release goes on without what no longer composes with it', async () => {
  const platform = owned(await startPlatform())
  const { publish } = registryOf(platform)
  await publish(rack('rackPosition: String'))
  await publish({ ...rack('shelf: String'), name: 'shelf' })
  await expect.poll(platform.told, patiently).toMatchObject({ version: 3 })
  const parts = base.parts.map((part) =>
    part.name === 'inventory'
      ? { ...part, sdl: part.sdl.replace(/type Device(.*)\{/, 'type Device$1{\n  rackPosition: Int\n') }
      : part,
  )
  const next = { ...base, id: 'f'.repeat(64), parts }
  let published = 0
  const registry = new RegistryService({
    source: platform.source,
    base: next,
    box,
    log,
    published: () => published++,
  })
  await expect(registry.publish({ ...rack('x: Int'), force: false }, 'Somebody')).rejects.toThrow(
    'Another release',
  )
  await registry.settle()
  await registry.settle()
  expect(published).toBe(1)
  expect((await registry.list()).filter((one) => one.external)).toMatchObject([
    { name: 'rack', status: 'LEFT_OUT', fault: expect.stringContaining('rackPosition') },
    { name: 'shelf', status: 'ACTIVE', fault: null },
  ])
  // The process that runs is of the release before: it refuses changes and keeps silent about the new one.
  await expect(publish(rack('y: Int'))).rejects.toThrow('CONFLICT')
  await platform.redis.del(supergraphKey)
  await platform.restart()
  await expect.poll(platform.told, patiently).toMatchObject({ baseId: base.id, version: 5 })
})
