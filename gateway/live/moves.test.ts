import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { everywhere, someone } from '../../tests/kit/identity.js'
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

describe('a subgraph that goes away', () => {
  test('is a delay and no gap: what was missed follows, nothing twice, and no second LIVE', async () => {
    const { log } = bench.state
    log.set('a', 1)
    const one = bench.join(boxes)
    await one.until('LIVE')
    log.set('a', 2)
    await one.until('CHANGE')
    bench.breakLink()
    log.set('a', 3)
    log.set('a', 4)
    bench.mendLink()
    await expect.poll(() => one.cursors, { timeout: 5000 }).toEqual(['0-0', '1-0', '2-0', '3-0', '4-0'])
    expect(one.types.filter((type) => type === 'LIVE')).toHaveLength(1)
    expect(one.ended).toBeUndefined()
  })

  test('and comes back without the history is one RESYNC for all', async () => {
    const { log } = bench.state
    const all = [bench.join(boxes), bench.join(boxes)]
    for (const one of all) await one.until('LIVE')
    bench.breakLink()
    log.set('a', 1)
    log.set('b', 2)
    log.trim()
    bench.mendLink()
    for (const one of all) {
      await expect
        .poll(() => one.types, { timeout: 5000 })
        .toEqual(['LIVE', 'RESYNC', 'SNAPSHOT', 'SNAPSHOT', 'LIVE'])
    }
  })

  test('before anything was told is an error at once, so that the client may ask elsewhere', async () => {
    bench.breakLink()
    const one = bench.join(boxes)
    await expect.poll(() => one.ended?.[0]?.extensions?.['code']).toBe('SUBGRAPH_UNAVAILABLE')
  })
})

describe('changed rights', () => {
  test('move a stream with snapshots by RESYNC, so that what is no longer allowed is forgotten', async () => {
    const { log } = bench.state
    log.set('mine', 1, here)
    log.set('theirs', 2, there)
    const who = someone({ grants: everywhere('VIEWER') })
    const one = bench.join(boxes, { identity: who })
    await one.until('LIVE')
    expect(one.values).toEqual({ mine: 1, theirs: 2 })
    one.become({ ...who, grants: [{ role: 'VIEWER', siteIds: [here] }] })
    await expect.poll(() => one.types.slice(-3)).toEqual(['RESYNC', 'SNAPSHOT', 'LIVE'])
    expect(one.values).toEqual({ mine: 1 })
    expect(one.results.at(-3)).toMatchObject({ extensions: { accessChanged: true } })
    log.set('theirs', 5, there)
    log.set('mine', 6, here)
    await expect.poll(() => one.values).toEqual({ mine: 6 })
    expect(JSON.stringify(one.results.slice(-1))).not.toContain('theirs')
  })

  test('move another stream by its place, and end it where it is forbidden', async () => {
    const { log } = bench.state
    const who = someone({ grants: everywhere('VIEWER') })
    const one = bench.join(notes, { identity: who })
    await expect.poll(() => log.events.listeners).toBe(1)
    log.set('a', 1, here)
    await expect.poll(() => one.cursors).toEqual(['1-0'])
    one.become({ ...who, grants: [{ role: 'VIEWER', siteIds: [here] }] })
    log.set('b', 2, there)
    log.set('a', 3, here)
    await expect.poll(() => one.cursors).toEqual(['1-0', '3-0'])
    one.become({ ...who, grants: [] })
    await expect.poll(() => one.ended?.[0]?.extensions?.['code']).toBe('FORBIDDEN')
  })

  test('that make no difference to what is read disturb nothing', async () => {
    const one = bench.join(notes, { identity: someone({ grants: everywhere('VIEWER') }) })
    await expect.poll(() => bench.state.log.events.listeners).toBe(1)
    one.become(someone({ grants: everywhere('ADMIN') }))
    bench.state.log.set('a', 1)
    await expect.poll(() => one.cursors).toEqual(['1-0'])
    expect(bench.state.openedFor).toHaveLength(1)
    expect(one.last).not.toHaveProperty('extensions')
  })
})
