import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { Identity } from '#core/contract/identity.js'

import { someone } from '../../tests/kit/identity.js'
import { type LiveBench, openLiveBench } from '../../tests/kit/live-bench.js'

let bench: LiveBench
beforeEach(async () => {
  bench = await openLiveBench()
})
afterEach(() => bench[Symbol.asyncDispose]())

const boxes =
  'subscription ($after: String) { boxes(after: $after) { type cursor state { value box { id name } } } }'
const notes = 'subscription ($after: String) { notes(after: $after) { cursor value box { id } } }'
const here = crypto.randomUUID()
const there = crypto.randomUUID()
const at = (siteId: string): Identity =>
  someone({ userId: crypto.randomUUID(), grants: [{ role: 'VIEWER', siteIds: [siteId] }] })

describe('a shared stream', () => {
  test('is one subscription at the subgraph for everybody of one view, and each event is resolved once', async () => {
    const { log, loads } = bench.state
    log.set('a', 1)
    const all = Array.from({ length: 50 }, () =>
      bench.join(boxes, { identity: someone({ userId: crypto.randomUUID() }) }),
    )
    for (const one of all) await one.until('LIVE')
    expect([log.opened.snapshots, log.events.listeners]).toEqual([1, 1])
    expect(bench.state.openedFor).toMatchObject([{ kind: 'VIEW', email: '' }])
    loads.length = 0
    log.set('a', 2)
    for (const one of all) await one.until('CHANGE')
    expect(loads).toEqual([['a']])
    expect(all[0]?.last).toEqual({
      data: {
        boxes: { type: 'CHANGE', cursor: '2-0', state: { value: 2, box: { id: 'a', name: 'name of a' } } },
      },
    })
    expect(new Set(all.map(({ bodies }) => bodies.at(-1))).size, 'one and the same piece of memory').toBe(1)
  })

  test('tells entities as they are at each event', async () => {
    const one = bench.join(boxes)
    await one.until('LIVE')
    for (const name of ['first', 'second']) {
      bench.state.names.set('a', name)
      bench.state.log.set('a', 1)
      await expect.poll(() => JSON.stringify(one.last)).toContain(`"name":"${name}"`)
    }
  })

  test('does not know whose documents differ only in spelling, in their name, or in where they begin', async () => {
    const same = [
      bench.join(notes),
      bench.join('subscription Named { notes { cursor, value, box { id } } }'),
      bench.join('subscription ($from: String) { notes(after: $from) { cursor value box { id } } }', {
        variables: { from: null },
      }),
    ]
    await expect.poll(() => bench.state.log.events.listeners).toBe(1)
    bench.state.log.set('a', 1)
    for (const one of same) await expect.poll(() => one.cursors).toEqual(['1-0'])
  })

  test('does not show its own questions to clients', async () => {
    const one = bench.join('subscription { boxes { state { value } } }')
    bench.state.log.set('a', 7)
    await expect.poll(() => one.results).toContainEqual({ data: { boxes: { state: { value: 7 } } } })
    expect(one.bodies.join()).not.toContain('sotp_')
    expect(one.bodies.join()).not.toContain('cursor')
  })

  test('goes on for others when one leaves, and ends at the subgraph a moment after the last', async () => {
    const [staying, leaving] = [bench.join(notes), bench.join(notes)]
    await expect.poll(() => bench.state.log.events.listeners).toBe(1)
    leaving.leave()
    bench.state.log.set('a', 1)
    await expect.poll(() => staying.cursors).toEqual(['1-0'])
    expect(leaving.results).toEqual([])
    staying.leave()
    await expect.poll(() => bench.state.log.events.listeners, { timeout: 5000 }).toBe(0)
  })

  test('is never shared across views: two users, one document, different sites', async () => {
    const { log } = bench.state
    log.set('mine', 1, here)
    log.set('theirs', 2, there)
    const mine = bench.join(boxes, { identity: at(here) })
    const theirs = bench.join(boxes, { identity: at(there) })
    const all = bench.join(boxes)
    for (const one of [mine, theirs, all]) await one.until('LIVE')
    log.set('mine', 3, here)
    log.set('theirs', 4, there)
    await expect.poll(() => all.values).toEqual({ mine: 3, theirs: 4 })
    await expect.poll(() => [mine.values, theirs.values]).toEqual([{ mine: 3 }, { theirs: 4 }])
    expect(mine.bodies.join()).not.toContain('theirs')
    expect(theirs.bodies.join()).not.toContain('mine')
  })

  test('keeps order while entities are fetched slowly', async () => {
    const { log } = bench.state
    const one = bench.join(boxes)
    await one.until('LIVE')
    let turn = 0
    bench.state.beforeLoad = async () => {
      turn += 1
      for (let left = (5 - (turn % 5)) * 3; left > 0; left -= 1) await new Promise(setImmediate)
    }
    for (let n = 0; n < 200; n += 1) {
      log.set(`box ${n}`, n)
      if (n % 3 === 0) await new Promise(setImmediate)
    }
    await expect.poll(() => one.cursors.length).toBe(201)
    expect(one.cursors.slice(1)).toEqual(Array.from({ length: 200 }, (_, n) => `${n + 1}-0`))
  })
})

describe('whoever joins later', () => {
  test('gets a snapshot of their own, LIVE, and from there what everybody gets', async () => {
    const { log } = bench.state
    log.set('a', 1)
    const first = bench.join(boxes)
    await first.until('LIVE')
    log.set('b', 2)
    await bench.aWhile()
    const second = bench.join(boxes)
    await second.until('LIVE')
    expect(second.types).toEqual(['SNAPSHOT', 'SNAPSHOT', 'LIVE'])
    // The snapshot was for one, the rest is shared.
    await expect.poll(() => log.events.listeners).toBe(1)
    log.set('c', 3)
    await expect
      .poll(() => [first.values, second.values])
      .toEqual([
        { a: 1, b: 2, c: 3 },
        { a: 1, b: 2, c: 3 },
      ])
    expect(log.opened.snapshots).toBe(2)
  })

  test('with a cursor is told what was missed, and LIVE, without asking the subgraph', async () => {
    const { log } = bench.state
    const first = bench.join(boxes)
    await first.until('LIVE')
    for (let n = 1; n <= 5; n += 1) log.set('a', n)
    await expect.poll(() => first.cursors.at(-1)).toBe('5-0')
    const back = bench.join(boxes, { variables: { after: '3-0' } })
    expect(back.types).toEqual(['CHANGE', 'CHANGE', 'LIVE'])
    expect(back.cursors).toEqual(['4-0', '5-0', '5-0'])
    expect(log.opened).toEqual({ snapshots: 1, resumed: 0, resynced: 0 })
    log.set('a', 6)
    await expect.poll(() => back.cursors.at(-1)).toBe('6-0')
  })

  test('with a cursor of long ago reads history alone, then joins', async () => {
    const { log } = bench.state
    for (let n = 1; n <= 50; n += 1) log.set(`b${n % 7}`, n)
    const first = bench.join(boxes)
    await first.until('LIVE')
    const back = bench.join(boxes, { variables: { after: '10-0' } })
    await back.until('LIVE')
    expect(back.cursors).toEqual([...Array.from({ length: 40 }, (_, n) => `${n + 11}-0`), '50-0'])
    await expect.poll(() => log.events.listeners).toBe(1)
    expect(log.opened).toEqual({ snapshots: 1, resumed: 1, resynced: 0 })
  })

  test('with a cursor that history no longer reaches is told RESYNC once, then a snapshot', async () => {
    const { log } = bench.state
    log.set('a', 1)
    log.set('a', 2)
    log.trim()
    const back = bench.join(boxes, { variables: { after: '1-0' } })
    await back.until('LIVE')
    expect(back.types).toEqual(['RESYNC', 'SNAPSHOT', 'LIVE'])
  })

  test('hears of a stream without snapshots from now on, and with a cursor what was missed', async () => {
    const { log } = bench.state
    log.set('a', 1)
    const first = bench.join(notes)
    await expect.poll(() => log.events.listeners).toBe(1)
    log.set('a', 2)
    await expect.poll(() => first.cursors).toEqual(['2-0'])
    const now = bench.join(notes)
    const after = bench.join(notes, { variables: { after: '1-0' } })
    await expect.poll(() => after.cursors).toEqual(['2-0'])
    log.set('a', 3)
    await expect
      .poll(() => [first.cursors, now.cursors, after.cursors])
      .toEqual([['2-0', '3-0'], ['3-0'], ['2-0', '3-0']])
    await expect.poll(() => log.events.listeners).toBe(1)
  })

  test('is refused with the words of the subgraph, and others go on', async () => {
    const first = bench.join(notes)
    const refused = bench.join(notes, { variables: { after: 'rubbish' } })
    await expect.poll(() => refused.ended?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT')
    bench.state.log.trim()
    expect(first.ended).toBeUndefined()
    const nobody = bench.join(notes, { identity: someone({ grants: [] }) })
    await expect.poll(() => nobody.ended?.[0]?.extensions?.['code']).toBe('FORBIDDEN')
    const unfit = bench.join(notes, { variables: { after: { b: 1 } } })
    expect(unfit.ended?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT')
  })

  test('of a stream without places shares what happens from then on', async () => {
    const all = [
      bench.join('subscription { ticks { value } }'),
      bench.join('subscription { ticks { value } }'),
    ]
    await expect.poll(() => bench.state.log.events.listeners).toBe(1)
    bench.state.log.set('a', 5)
    for (const one of all) await expect.poll(() => one.last).toEqual({ data: { ticks: { value: 5 } } })
    bench.state.log.events.fail(new Error('secret'))
    for (const one of all)
      await expect.poll(() => one.ended?.[0]?.extensions?.['code']).toBe('INTERNAL_SERVER_ERROR')
  })
})
