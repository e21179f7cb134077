import { expect, test } from 'vitest'

import type { PollJob } from '../contract/polling.js'
import { Alone } from './collector-alone.js'
import { createLog } from './log.js'

const log = createLog('test', 'silent')
const job = (more: Partial<PollJob> = {}): PollJob => ({
  v: 1,
  kind: 'poll',
  collector: 'icmp',
  slotAt: Date.now(),
  intervalSeconds: 1,
  shard: 's1',
  deviceIds: null,
  ...more,
})

test('while nobody plans, the shards served last go on at their slots, until somebody plans again', async () => {
  let planned = false
  const slots: number[] = []
  await using alone = new Alone({
    kind: 'icmp',
    plannedAgo: async () => (planned ? 0 : undefined),
    poll: async ({ slotAt }) => void slots.push(slotAt),
    forMs: 60_000,
    silenceMs: 1,
    log,
  })
  const first = Date.now()
  alone.served(job({ slotAt: first }), [])
  alone.served(job({ shard: null, intervalSeconds: null, deviceIds: [] }), [])
  await expect.poll(() => slots.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2)
  for (const slotAt of slots) expect((slotAt - first) % 1000).toBe(0)
  expect(new Set(slots).size).toBe(slots.length)
  planned = true
  // Two turns after the sign at the latest; whatever was due before them is in.
  let still = -1
  await expect
    .poll(
      () => {
        const before = still
        still = slots.length
        return before === still
      },
      { timeout: 10_000, interval: 1500 },
    )
    .toBe(true)
})

test('nothing goes on where that is switched off, or where another collector served the shard since', async () => {
  const polled: string[] = []
  const options = { kind: 'icmp', plannedAgo: async () => undefined, silenceMs: 1, log }
  const poll = async ({ shard }: PollJob) => void polled.push(shard ?? '')
  await using off = new Alone({ ...options, poll, forMs: 0 })
  await using on = new Alone({ ...options, poll, forMs: 60_000 })
  off.served(job({ shard: 'off' }), [])
  on.served(job({ shard: 'elsewhere', slotAt: Date.now() - 2500 }), [])
  on.served(job({ shard: 'mine' }), [])
  await expect.poll(() => polled.length, { timeout: 10_000 }).toBeGreaterThan(0)
  expect(new Set(polled)).toEqual(new Set(['mine']))
})

test('what was served just before the last sign goes on, however long that sign is remembered', async () => {
  const polled: string[] = []
  const beganAt = Date.now()
  await using alone = new Alone({
    kind: 'icmp',
    // The planner ended three intervals ago; what it told last is still to be read, as its words lie in Redis for seconds.
    plannedAgo: async () => 3000 + Date.now() - beganAt,
    poll: async ({ shard }) => void polled.push(shard ?? ''),
    forMs: 60_000,
    silenceMs: 3500,
    log,
  })
  alone.served(job({ slotAt: beganAt - 3200 }), [])
  await expect.poll(() => polled.length, { timeout: 10_000 }).toBeGreaterThan(1)
})
