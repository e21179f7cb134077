import { Redis } from 'ioredis'
import { expect, test } from 'vitest'

import { freshRedis } from '#tests/kit/stores.js'

import { monitoring } from '../contract/devices.js'
import type { PollTarget } from '../contract/polling.js'
import { openPlan } from './plan.js'

const target = (name: string): PollTarget => ({
  deviceId: crypto.randomUUID(),
  name,
  address: '127.0.0.1',
  ...monitoring.parse({}),
  credentialRefs: [],
})

test('collectors see the newest plan, whole', async () => {
  const redis = new Redis(await freshRedis())
  const plan = openPlan(redis)
  const [a, b] = [target('a'), target('b')]
  await plan.publish('icmp', new Map([['icmp/30/0of1', [a.deviceId, b.deviceId]]]), [a, b])
  expect((await plan.shard('icmp', 'icmp/30/0of1')).map(({ name }) => name)).toEqual(['a', 'b'])
  expect(await plan.shard('snmp', 'icmp/30/0of1')).toEqual([])
  await plan.publish('icmp', new Map([['icmp/30/0of1', [b.deviceId]]]), [b])
  expect((await plan.devices('icmp', [a.deviceId, b.deviceId])).map(({ name }) => name)).toEqual(['b'])
  await plan.publish('icmp', new Map(), [])
  expect(await plan.shard('icmp', 'icmp/30/0of1')).toEqual([])
  redis.disconnect()
})
