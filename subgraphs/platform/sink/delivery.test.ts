import { beforeAll, describe, expect, test } from 'vitest'

import { everywhere } from '#tests/kit/identity.js'
import { type Platform, patiently, startPlatform } from '#tests/kit/platform.js'
import { cursorsTo, sinksOf } from '#tests/kit/sink-scene.js'
import { believable } from '#tests/kit/sinks.js'

let platform: Platform
let sinks: ReturnType<typeof sinksOf>
beforeAll(async () => {
  platform = await startPlatform({ SOTP_PLATFORM_SINK_PRIVATE: 'allow' })
  sinks = sinksOf(platform)
  return () => platform[Symbol.asyncDispose]()
})
const find = (id: string) => sinks.find(id)

describe('a delivery', () => {
  test('brings each event once, in order, signed', async () => {
    const { events, receiver, id, secret, userId } = await sinks.scene()
    events.publish(3)
    await expect.poll(receiver.cursors, patiently).toEqual(cursorsTo(3))
    expect(receiver.received.every((message) => believable(secret, message))).toBe(true)
    const [first] = receiver.received
    expect(JSON.parse(first?.body ?? '')).toEqual({
      id: first?.id,
      sink: (await find(id))?.name,
      cursor: '1-0',
      event: { alertChanged: { cursor: '1-0', kind: 'FIRING' } },
    })
    await expect
      .poll(() => find(id), patiently)
      .toMatchObject({
        cursor: '3-0',
        delivered: '3',
        failed: '0',
        lastError: null,
        lastDeliveredAt: expect.any(String),
      })
    // It acts for who made it.
    expect(events.identities[0]).toMatchObject({ userId, sessionId: id, grants: everywhere('ADMIN') })
  })

  test('that failed is repeated as it was, and what follows waits', async () => {
    let refusals = 3
    const { events, receiver, id, secret } = await sinks.scene({}, (given) => {
      given.answer = ({ cursor }) => ({ status: cursor === '2-0' && refusals-- > 0 ? 500 : 200 })
    })
    events.publish(4)
    await expect.poll(receiver.cursors, patiently).toEqual(['1-0', '2-0', '2-0', '2-0', '2-0', '3-0', '4-0'])
    const repeats = receiver.received.filter(({ cursor }) => cursor === '2-0')
    expect(new Set(repeats.map((one) => one.id)).size).toBe(1)
    expect(new Set(repeats.map((one) => one.body)).size).toBe(1)
    expect(receiver.received.every((message) => believable(secret, message))).toBe(true)
    await expect
      .poll(() => find(id), patiently)
      .toMatchObject({
        delivered: '4',
        failed: '3',
        lastError: null,
        failingSince: null,
      })
  })

  test('that was sent but not noted is the same message again', async () => {
    const { events, receiver, id } = await sinks.scene({}, (given) => {
      given.answer = async ({ cursor }) => {
        if (cursor !== '2-0' || given.cursors().filter((one) => one === '2-0').length > 1)
          return { status: 200 }
        // As if the process died here: its lease ran out and somebody else had the sink when it noted the success.
        await platform.source.query(
          `UPDATE sink SET runner = 'another', runner_until = now() + interval '1 second' WHERE id = $1`,
          [id],
        )
        return { status: 200 }
      }
    })
    events.publish(3)
    await expect.poll(receiver.cursors, patiently).toEqual(['1-0', '2-0', '2-0', '3-0'])
    const [, sent, again] = receiver.received
    expect(again).toMatchObject({ id: sent?.id, body: sent?.body })
    await expect.poll(() => find(id), patiently).toMatchObject({ cursor: '3-0', delivered: '3' })
  })

  test('goes on behind the cursor when the gateway cuts the connection', async () => {
    const { events, receiver } = await sinks.scene()
    for (let round = 0; round < 3; round++) {
      events.publish(5)
      await expect.poll(receiver.cursors, patiently).toHaveLength(round * 6 + 5)
      events.cut()
      events.publish(1)
      await expect.poll(receiver.cursors, patiently).toHaveLength(round * 6 + 6)
    }
    expect(receiver.cursors()).toEqual(cursorsTo(18))
    expect(events.afters).toHaveLength(4)
  })

  test('to a slow receiver holds a bounded number of events', async () => {
    const { events, receiver } = await sinks.scene({}, (given) => {
      given.answer = () => ({ status: 200, afterMs: 1 })
    })
    events.publish(1200)
    await expect.poll(receiver.cursors, { timeout: 19_000 }).toHaveLength(1200)
    expect(receiver.cursors()).toEqual(cursorsTo(1200))
    // It was left each time when 500 waited, and taken up again behind what had been delivered.
    expect(events.afters).toHaveLength(3)
  })

  test('waits for an event that could not be read', async () => {
    const { events, receiver, id } = await sinks.scene()
    events.spoil(true)
    events.publish(1)
    await expect
      .poll(() => find(id), patiently)
      .toMatchObject({
        state: 'ACTIVE',
        lastError: 'an event could not be read: A part of the graph does not answer.',
      })
    expect(receiver.received).toEqual([])
    // Without a cursor of its own it begins with what happens from now on.
    events.spoil(false)
    await expect.poll(() => events.afters.length, patiently).toBeGreaterThan(1)
    events.publish(1)
    await expect.poll(receiver.cursors, patiently).toEqual(['2-0'])
  })
})
