import { beforeAll, describe, expect, test } from 'vitest'

import { createLog } from '#core/service/log.js'
import { openTopics } from '#core/service/topics.js'
import { asker } from '#tests/kit/alerting.js'
import { everywhere } from '#tests/kit/identity.js'
import { owned, type Platform, patiently, startPlatform } from '#tests/kit/platform.js'
import { cursorsTo, type Sink, sinksOf } from '#tests/kit/sink-scene.js'
import { believable, openReceiver } from '#tests/kit/sinks.js'

const log = createLog('test', 'silent')

let platform: Platform
let sinks: ReturnType<typeof sinksOf>
beforeAll(async () => {
  platform = await startPlatform({ SOTP_PLATFORM_SINK_PRIVATE: 'allow' })
  sinks = sinksOf(platform)
  return () => platform[Symbol.asyncDispose]()
})
const find = (id: string) => sinks.find(id)

describe('a sink', () => {
  test('is given up when nothing works for long, and goes on where a person says', async () => {
    let broken = true
    const { events, receiver, id } = await sinks.scene(
      { SOTP_PLATFORM_SINK_GIVE_UP_SECONDS: '1' },
      (given) => {
        given.answer = ({ cursor }) => ({ status: broken && cursor === '3-0' ? 500 : 200 })
      },
    )
    events.publish(4)
    await expect
      .poll(() => find(id), patiently)
      .toMatchObject({
        state: 'FAILING',
        cursor: '2-0',
        lastError: 'it answered 500 instead of 2xx',
        failingSince: expect.any(String),
      })
    broken = false
    const before = receiver.received.length
    await sinks.resume(id, '1-0')
    await expect.poll(() => receiver.cursors().slice(before), patiently).toEqual(['2-0', '3-0', '4-0'])
    const ids = (cursor: string) =>
      new Set(receiver.received.filter((one) => one.cursor === cursor).map((one) => one.id))
    expect(ids('2-0').size).toBe(1)
    expect(ids('3-0').size).toBe(1)
    await expect
      .poll(() => find(id), patiently)
      .toMatchObject({ state: 'ACTIVE', lastError: null, cursor: '4-0' })
    await expect(sinks.resume(id, 'yesterday')).rejects.toThrow('BAD_USER_INPUT: after')
  })

  test('whose receiver is gone is given up at once', async () => {
    const { events, id } = await sinks.scene({}, (given) => {
      given.answer = () => ({ status: 410 })
    })
    events.publish(1)
    await expect
      .poll(() => find(id), patiently)
      .toMatchObject({
        state: 'FAILING',
        lastError: 'it answered 410 Gone: it wants no more',
      })
  })

  test('that may not subscribe says so, and goes on when it may', async () => {
    const { events, receiver, id } = await sinks.scene()
    events.publish(1)
    await expect.poll(receiver.cursors, patiently).toEqual(['1-0'])
    events.refuse('FORBIDDEN')
    events.cut()
    await expect
      .poll(() => find(id), patiently)
      .toMatchObject({ state: 'ACTIVE', lastError: 'FORBIDDEN: No.' })
    events.publish(1)
    events.refuse(null)
    await expect.poll(receiver.cursors, patiently).toEqual(cursorsTo(2))
    await expect.poll(() => find(id), patiently).toMatchObject({ lastError: null, failingSince: null })
  })

  test('that works again shows no error, even where nothing happens', async () => {
    const { events, id } = await sinks.scene()
    events.refuse('NOT_READY')
    events.cut()
    await expect.poll(() => find(id), patiently).toMatchObject({ lastError: 'NOT_READY: No.' })
    events.refuse(null)
    await expect.poll(() => find(id), patiently).toMatchObject({ lastError: null, failingSince: null })
    expect(await find(id)).toMatchObject({ state: 'ACTIVE', delivered: '0' })
  })

  test('whose gateway is not there yet waits for it', async () => {
    const { sink } = await sinks.create({ url: 'http://127.0.0.1:1/' })
    owned(await sinks.worker({ url: 'ws://127.0.0.1:1/graphql' }))
    await expect
      .poll(() => find(sink.id), patiently)
      .toMatchObject({
        state: 'ACTIVE',
        lastError: 'the gateway could not be reached: connect ECONNREFUSED 127.0.0.1:1',
      })
    await sinks.remove(sink.id)
  })

  test('that was paused takes up what it missed', async () => {
    const { events, receiver, id } = await sinks.scene()
    events.publish(1)
    await expect.poll(() => find(id), patiently).toMatchObject({ cursor: '1-0' })
    expect((await sinks.update(id, { paused: true })).sink.state).toBe('PAUSED')
    await expect.poll(events.connections, patiently).toBe(0)
    events.publish(2)
    expect(receiver.cursors()).toEqual(['1-0'])
    await sinks.update(id, { paused: false })
    await expect.poll(receiver.cursors, patiently).toEqual(cursorsTo(3))
  })

  test('uses what a person changed, from the next event on', async () => {
    const { events, receiver, id, secret } = await sinks.scene()
    const other = owned(await openReceiver())
    const changed = await sinks.update(id, {
      url: other.url,
      rotateSecret: true,
      variables: { filter: { severities: ['INFO'] } },
    })
    expect(changed.secret).toMatch(/^whsec_/)
    expect(changed.secret).not.toBe(secret)
    await expect
      .poll(() => events.variables.at(-1), patiently)
      .toMatchObject({ filter: { severities: ['INFO'] } })
    events.publish(1)
    await expect.poll(other.cursors, patiently).toEqual(['1-0'])
    expect(other.received.every((message) => believable(changed.secret ?? '', message))).toBe(true)
    expect(receiver.received).toEqual([])
  })

  test('has one runner at a time, and another when that ends', async () => {
    const { events, receiver, stop } = await sinks.scene()
    const second = owned(await sinks.worker(events))
    events.publish(50)
    await expect.poll(receiver.cursors, patiently).toHaveLength(50)
    expect(events.afters).toEqual([null])
    await stop()
    events.publish(50)
    await expect.poll(receiver.cursors, patiently).toEqual(cursorsTo(100))
    expect(events.afters).toEqual([null, '50-0'])
    expect(second).toBeDefined()
  })

  test('loses the rights that its owner loses', async () => {
    const { events, userId } = await sinks.scene()
    await using topics = openTopics({ redisUrl: platform.redisUrl, log })
    const grants = everywhere('VIEWER')
    await topics.publish('access.changed', {
      v: 1,
      kind: 'access.changed',
      userId,
      grants,
      endedSessionIds: [],
      at: Date.now(),
    })
    await expect.poll(() => events.identities.at(-1), patiently).toMatchObject({ userId, grants })
  })
})

describe('the graph', () => {
  test('tests a sink', async () => {
    const receiver = owned(await openReceiver())
    const { sink, secret } = await sinks.create({ url: receiver.url })
    const query = `mutation ($id: ID!) { testSink(id: $id) { delivered status error durationMs } }`
    expect(await platform.admin().ask(query, { id: sink.id })).toMatchObject({
      testSink: { delivered: true, status: 204, error: null },
    })
    const [message] = receiver.received
    expect(JSON.parse(message?.body ?? '')).toMatchObject({ cursor: null, event: { test: true } })
    expect(message && believable(secret, message)).toBe(true)
    await sinks.remove(sink.id)
    await expect(platform.admin().ask(query, { id: sink.id })).rejects.toThrow('NOT_FOUND')
    await expect(sinks.remove(sink.id)).rejects.toThrow('NOT_FOUND')
    await expect(sinks.update(sink.id, { paused: true })).rejects.toThrow('NOT_FOUND')
    await expect(sinks.resume('x')).rejects.toThrow('BAD_USER_INPUT: id')
  })

  test.each([
    [{ url: 'ftp://example.net' }, 'BAD_USER_INPUT: input.url'],
    [
      { document: '{ devices { nodes { id } } }' },
      'BAD_USER_INPUT: input.document: must be one subscription',
    ],
    [
      { document: 'subscription ($after: String) { alertChanged(after: $after) { cursor nothing } }' },
      'BAD_USER_INPUT: input.document: Cannot query field "nothing"',
    ],
    [{ name: ' ' }, 'BAD_USER_INPUT: input.name'],
  ])('refuses %j', async (input, message) => {
    await expect(sinks.create({ url: 'http://127.0.0.1:1/', ...input })).rejects.toThrow(message)
  })

  test('keeps names unique and secrets to itself', async () => {
    const { sink, secret } = await sinks.create({ url: 'http://127.0.0.1:1/', name: 'Only' })
    await expect(sinks.create({ url: 'http://127.0.0.1:1/', name: 'Only' })).rejects.toThrow('NAME_CONFLICT')
    const rows = JSON.stringify(await platform.source.query('SELECT * FROM sink'))
    expect(rows).not.toContain(secret.replace('whsec_', ''))
    const operator = asker(platform.room.subgraph, 'OPERATOR')
    expect((await operator.ask<{ sinks: Sink[] }>('{ sinks { id } }')).sinks).toContainEqual({ id: sink.id })
    await expect(sinks.create({ url: 'http://127.0.0.1:1/' }, operator)).rejects.toThrow('FORBIDDEN')
    await expect(asker(platform.room.subgraph, 'VIEWER').ask('{ sinks { id } }')).rejects.toThrow('FORBIDDEN')
    await sinks.remove(sink.id)
  })
})
