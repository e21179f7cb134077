import { afterEach, beforeEach, expect, test } from 'vitest'

import { type LiveBench, openLiveBench } from '../../tests/kit/live-bench.js'

let bench: LiveBench
beforeEach(async () => {
  bench = await openLiveBench()
})
afterEach(() => bench[Symbol.asyncDispose]())

const boxes =
  'subscription ($after: String) { boxes(after: $after) { type cursor state { value box { id name } } } }'
const described = (sdl: string) => sdl.replace('The state of a box.', 'The state of one box.')

test('a new schema keeps every stream that still fits, without a frame, and newcomers join it', async () => {
  const { log } = bench.state
  log.set('a', 1)
  const all = [bench.join(boxes), bench.join(boxes)]
  for (const one of all) await one.until('LIVE')
  const next = described(bench.supergraph)
  expect(next).not.toBe(bench.supergraph)
  await bench.generations.replace(next)
  expect(log.events.listeners, 'not even the subgraph notices').toBe(1)
  log.set('a', 2)
  for (const one of all) {
    await expect.poll(() => one.types).toEqual(['SNAPSHOT', 'LIVE', 'CHANGE'])
    expect(one.ended).toBeUndefined()
  }
  const late = bench.join(boxes, { variables: { after: '1-0' } })
  await late.until('LIVE')
  expect(late.cursors[0]).toBe('2-0')
  await expect.poll(() => log.events.listeners).toBe(1)
})

test('a new schema in which a field is gone ends its streams with that reason, and no other', async () => {
  const { log } = bench.state
  const named = bench.join(boxes)
  const bare = bench.join('subscription { boxes { type cursor state { value } } }')
  for (const one of [named, bare]) await one.until('LIVE')
  const gone = bench.supergraph.replace(/"""\s*Its name\.\s*"""\s*name: String![^\n]*/, '')
  expect(gone).not.toBe(bench.supergraph)
  await bench.generations.replace(gone)
  await expect
    .poll(() => named.ended, { timeout: 5000 })
    .toMatchObject([
      {
        message: 'Cannot query field "name" on type "Box".',
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      },
    ])
  log.set('a', 1)
  await bare.until('CHANGE')
  expect(bare.ended).toBeUndefined()
})

test('a new schema that is none changes nothing', async () => {
  const one = bench.join(boxes)
  await one.until('LIVE')
  await expect(bench.generations.replace('type Query')).rejects.toThrow()
  bench.state.log.set('a', 1)
  await one.until('CHANGE')
})

test('streams go on where they were when the subgraph is elsewhere now', async () => {
  const { log } = bench.state
  const one = bench.join('subscription { notes { cursor value } }')
  await expect.poll(() => log.events.listeners).toBe(1)
  log.set('a', 1)
  await expect.poll(() => one.cursors).toEqual(['1-0'])
  bench.relink()
  await bench.generations.replace(described(bench.supergraph))
  log.set('a', 2)
  log.set('a', 3)
  await expect.poll(() => one.cursors).toEqual(['1-0', '2-0', '3-0'])
  expect(log.opened.resumed).toBe(1)
  await expect.poll(() => log.events.listeners).toBe(1)
})
