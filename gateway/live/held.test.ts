import { describe, expect, test } from 'vitest'

import { Held } from './held.js'
import { messageOf } from './message.js'
import { order, reaches } from './position.js'
import { Ring } from './ring.js'

const message = (place: number, about = `thing ${place}`, bytes = 10, type = 'CHANGE') =>
  messageOf('x'.repeat(bytes), { cursor: `${place}-0`, type, about })
const drain = (held: Held) => {
  const places: (string | undefined)[] = []
  while (!held.empty) places.push(held.shift()?.cursor)
  return places
}
const bounds = { bytesMax: 1000, countMax: 10 }

describe('what waits for a client', () => {
  test('is everything while it is little', () => {
    const held = new Held()
    for (let n = 1; n <= 3; n += 1) expect(held.push(message(n, 'same'))).toBe(0)
    expect([held.size, held.bytes]).toEqual([3, 30])
    expect(drain(held)).toEqual(['1-0', '2-0', '3-0'])
    expect([held.size, held.bytes]).toEqual([0, 0])
  })

  test('is the latest of each thing when it is much, in the order of the stream, and everything again afterwards', () => {
    const held = new Held()
    let skipped = 0
    for (let n = 0; n < 50; n += 1) skipped += held.push(message(n, `thing ${n % 5}`, 100_000))
    expect(skipped).toBe(45)
    expect(held.bytes).toBe(500_000)
    expect(drain(held)).toEqual(['45-0', '46-0', '47-0', '48-0', '49-0'])
    held.push(message(50, 'same'))
    held.push(message(51, 'same'))
    expect(drain(held)).toEqual(['50-0', '51-0'])
  })

  test('is only what follows a RESYNC', () => {
    const held = new Held()
    held.follow([message(1), message(2)])
    held.push(message(3))
    expect(held.push(message(4, '', 10, 'RESYNC'))).toBe(3)
    expect(drain(held)).toEqual(['4-0'])
  })

  test('begins with what it joined too late for, though that list grows', () => {
    const held = new Held()
    const list = [message(1), message(2)]
    held.follow(list)
    list.push(message(3))
    held.push(message(4))
    expect(held.size).toBe(3)
    expect(drain(held)).toEqual(['1-0', '2-0', '4-0'])
  })
})

describe('what a stream keeps for those who come back', () => {
  test('is what lies behind a place that it reaches', () => {
    const ring = new Ring('5-0')
    for (let n = 6; n <= 8; n += 1) ring.push(message(n), bounds)
    expect(['4-0', '5-0', '7-0', '8-0', '99-0', '0-0'].map((place) => ring.covers(place))).toEqual([
      false,
      true,
      true,
      true,
      true,
      false,
    ])
    expect(ring.after('6-0').map(({ cursor }) => cursor)).toEqual(['7-0', '8-0'])
    expect(ring.after('5-0')).toHaveLength(3)
  })

  test('has bounds, and knows how far back it reaches then', () => {
    const ring = new Ring('0-1')
    for (let n = 1; n <= 11; n += 1) ring.push(message(n), bounds)
    expect(ring.whole).toBe(false)
    expect([ring.covers('1-0'), ring.covers('2-0')]).toEqual([false, true])
    for (let n = 12; n <= 20; n += 1) ring.push(message(n, '', 400), bounds)
    expect(ring.bytes).toBeLessThanOrEqual(1000)
    expect(ring.covers('17-0')).toBe(false)
    expect(ring.covers('19-0')).toBe(true)
  })

  test('begins with LIVE where it began with a snapshot, and anew after RESYNC', () => {
    const ring = new Ring(undefined)
    ring.push(messageOf('{}', { cursor: '0-0', type: 'SNAPSHOT', about: 'a' }), bounds)
    expect(ring.covers('0-0')).toBe(false)
    ring.push(messageOf('{}', { cursor: '7-0', type: 'LIVE', about: '' }), bounds)
    expect([ring.covers('6-0'), ring.covers('7-0')]).toEqual([false, true])
    expect(ring.after('7-0')).toEqual([])
    ring.clear()
    expect(ring.covers('7-0')).toBe(false)
  })

  test('knows cursors of third parties by their text alone', () => {
    const ring = new Ring(undefined)
    for (const cursor of ['x', 'y', 'z'])
      ring.push(messageOf('{}', { cursor, type: undefined, about: '' }), bounds)
    expect(['x', 'y', 'w'].map((place) => ring.covers(place))).toEqual([true, true, false])
    expect(ring.after('x').map(({ cursor }) => cursor)).toEqual(['y', 'z'])
    expect([order('x', 'y'), reaches('x', 'x'), reaches('x', 'y')]).toEqual([undefined, true, false])
  })
})
