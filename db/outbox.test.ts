import { afterAll, beforeAll, expect, test } from 'vitest'

import { createLog } from '#core/service/log.js'
import { openTopics, type Topics } from '#core/service/topics.js'

import { freshDatabase, freshRedis } from '#tests/kit/stores.js'
import { appendOutbox, startOutboxRelay } from './outbox.js'
import { type DataSource, openSource } from './source.js'

let source: DataSource
let topics: Topics
let url: string
const log = createLog('test', 'silent')
const resync = (requestedBy: string) => ({ v: 1, kind: 'device.resync', requestedBy }) as const
beforeAll(async () => {
  url = await freshDatabase()
  source = await openSource({ url, schema: 'inventory', entities: [] })
  topics = openTopics({ redisUrl: await freshRedis(), log })
})
afterAll(async () => {
  await source.destroy()
  await topics[Symbol.asyncDispose]()
})

test('events of committed transactions arrive in commit order, with the cursors that were promised', async () => {
  const promised: string[] = []
  await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      source.transaction(async (manager) => {
        promised.push(...(await appendOutbox(manager, 'device.resync', [resync(`${n}a`), resync(`${n}b`)])))
      }),
    ),
  )
  await source
    .transaction(async (manager) => {
      await appendOutbox(manager, 'device.resync', [resync('rolled back')])
      throw new Error('no')
    })
    .catch(() => {})
  await using _relay = startOutboxRelay({ databaseUrl: url, schema: 'inventory', topics, log })
  await using _second = startOutboxRelay({ databaseUrl: url, schema: 'inventory', topics, log })
  const stop = new AbortController()
  const cursors: string[] = []
  for await (const { cursor, event } of topics.subscribe('device.resync', {
    after: '0-0',
    signal: stop.signal,
  })) {
    expect(event.requestedBy).not.toBe('rolled back')
    cursors.push(cursor)
    if (cursors.length === 40) stop.abort()
  }
  expect(cursors).toEqual([...promised].sort())
  await expect.poll(async () => (await source.query('SELECT count(*)::int AS n FROM outbox'))[0].n).toBe(0)
})
