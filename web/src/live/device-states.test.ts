import { beforeEach, describe, expect, test } from 'vitest'

import type { Reachability } from '../gql/graphql'
import { DeviceStates, type StateEvent, type Transition } from './device-states'

let run: (() => void) | undefined
let states: DeviceStates
const flush = () => {
  const now = run
  run = undefined
  now?.()
}

function event(
  type: StateEvent['type'],
  id?: string,
  reachability: Reachability = 'UP',
  cursor = '1-0',
): StateEvent {
  const state = id && {
    __typename: 'DeviceState' as const,
    device: { __typename: 'Device' as const, id },
    reachability,
    reason: 'OK',
    since: '2026-11-23T12:00:00Z',
    rttMs: 1,
    lossRatio: 0,
    jitterMs: null,
    cpuRatio: null,
    memoryRatio: null,
    uptimeSeconds: null,
    lastPolledAt: null,
    stale: false,
  }
  return { __typename: 'DeviceStateEvent', type, cursor, state: state || null }
}

beforeEach(() => {
  states = new DeviceStates((flushNow) => {
    run = flushNow
  })
})

describe('a snapshot', () => {
  test('is complete with LIVE, and only then gives a cursor to resume after', () => {
    states.apply(event('SNAPSHOT', 'a', 'UP', '1-0'))
    expect([states.complete, states.cursor]).toEqual([false, undefined])
    states.apply(event('LIVE', undefined, 'UP', '2-0'))
    flush()
    expect([states.complete, states.cursor]).toEqual([true, '2-0'])
    expect(states.counts()).toMatchObject({ UP: 1, total: 1 })
  })
  test('after RESYNC removes what it no longer names', () => {
    for (const id of ['a', 'b']) states.apply(event('SNAPSHOT', id))
    states.apply(event('LIVE'))
    states.apply(event('RESYNC'))
    states.apply(event('SNAPSHOT', 'b', 'DOWN'))
    flush()
    expect(states.get('a'), 'kept while the snapshot runs').toBeDefined()
    states.apply(event('LIVE'))
    flush()
    expect(states.get('a')).toBeUndefined()
    expect(states.counts()).toMatchObject({ DOWN: 1, UP: 0, total: 1 })
  })
})

describe('changes', () => {
  test('a burst tells each watcher once', () => {
    let [own, any] = [0, 0]
    states.watch('a', () => own++)
    states.watchAll(() => any++)
    for (let n = 0; n < 100; n++) states.apply(event('CHANGE', 'a', n % 2 ? 'UP' : 'DOWN'))
    expect(own).toBe(0)
    flush()
    expect([own, any]).toEqual([1, 1])
  })
  test('only changed devices tell their watchers', () => {
    let calls = 0
    states.watch('b', () => calls++)
    states.apply(event('CHANGE', 'a'))
    flush()
    expect(calls).toBe(0)
  })
  test('of reachability are transitions; a snapshot makes none', () => {
    const seen: Transition[] = []
    states.watchTransitions((transitions) => seen.push(...transitions))
    states.apply(event('SNAPSHOT', 'a', 'UP'))
    states.apply(event('SNAPSHOT', 'a', 'DOWN'))
    states.apply(event('LIVE'))
    states.apply(event('CHANGE', 'a', 'DOWN'))
    states.apply(event('CHANGE', 'a', 'UP'))
    flush()
    expect(seen).toMatchObject([{ deviceId: 'a', from: 'DOWN', to: 'UP' }])
  })
  test('a removed device is gone', () => {
    states.apply(event('CHANGE', 'a'))
    states.apply(event('REMOVED', 'a'))
    flush()
    expect([states.get('a'), states.counts().total]).toEqual([undefined, 0])
  })
  test('counts keep their identity while they are the same, so that nothing renders', () => {
    states.apply(event('CHANGE', 'a', 'UP'))
    flush()
    const before = states.counts()
    states.apply(event('CHANGE', 'a', 'UP'))
    flush()
    expect(states.counts()).toBe(before)
  })
})

test('a person who signs out leaves nothing behind', () => {
  states.apply(event('SNAPSHOT', 'a'))
  states.apply(event('LIVE'))
  states.clear()
  flush()
  expect([states.all().length, states.complete, states.cursor]).toEqual([0, false, undefined])
})

test('of many changes in one frame, each watcher is told once', () => {
  const told = new Map<string, number>()
  for (let n = 0; n < 1000; n++) states.watch(`d${n}`, () => told.set(`d${n}`, (told.get(`d${n}`) ?? 0) + 1))
  for (let n = 0; n < 3000; n++) states.apply(event('CHANGE', `d${n % 1000}`))
  flush()
  expect(told.size).toBe(1000)
  expect([...new Set(told.values())]).toEqual([1])
})
