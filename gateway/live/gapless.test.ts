import { afterEach, beforeEach, expect, test } from 'vitest'

import { type LiveBench, openLiveBench, type Reader } from '../../tests/kit/live-bench.js'

let bench: LiveBench
beforeEach(async () => {
  bench = await openLiveBench()
})
afterEach(() => bench[Symbol.asyncDispose]())

const boxes =
  'subscription ($after: String) { boxes(after: $after) { type cursor state { value box { id name } } } }'
const notes = 'subscription ($after: String) { notes(after: $after) { cursor value box { id } } }'

/** Numbers that a seed fixes, so that a failure can be run again (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below) | 0
  }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))
const placeOf = (cursor: string | undefined) => Number(cursor?.split('-')[0])

/** A client that comes and goes and keeps its last cursor, as the web app does. */
class Wanderer {
  reader: Reader | undefined
  readonly all: Reader[] = []

  constructor(private readonly query: string) {}

  get cursor(): string | undefined {
    return this.all.flatMap(({ cursors }) => cursors).at(-1)
  }
  come(): void {
    if (this.reader && !this.reader.ended) return
    const { cursor } = this
    this.reader = bench.join(this.query, cursor === undefined ? {} : { variables: { after: cursor } })
    this.all.push(this.reader)
  }
  go(): void {
    this.reader?.leave()
    this.reader = undefined
  }
}

test.each([1, 2, 3, 4])(
  'nothing is lost or repeated for whoever comes and goes, with changes alone (run %i)',
  async (seed) => {
    const random = numbers(seed)
    const { log } = bench.state
    const clients = Array.from({ length: 12 }, () => new Wanderer(notes))
    for (let event = 0; event < 1500; event += 1) {
      log.set(`box ${random(20)}`, event)
      const client = clients[random(clients.length)]
      const what = random(40)
      if (what < 4) client?.come()
      else if (what < 6) client?.go()
      else if (what === 6 && random(10) === 0) {
        bench.breakLink()
        bench.mendLink()
      }
      if (random(3) === 0) await turn()
    }
    for (const client of clients) client.come()
    log.set('last', 0)
    const last = log.cursor
    for (const client of clients) {
      // Whoever had no place when the way was lost was told so, and asks again.
      await expect
        .poll(
          () => {
            client.come()
            return client.cursor
          },
          { timeout: 10_000 },
        )
        .toBe(last)
      const cursors = client.all.flatMap((reader) => reader.cursors).map(placeOf)
      const first = cursors[0] ?? 0
      expect(cursors).toEqual(Array.from({ length: placeOf(last) - first + 1 }, (_, n) => first + n))
    }
  },
)

test.each([11, 12, 13, 14])(
  'client state equals server state after snapshots, resumes and lost history (run %i)',
  async (seed) => {
    const random = numbers(seed)
    const { log } = bench.state
    for (let box = 0; box < 30; box += 1) log.set(`box ${box}`, 0)
    const clients = Array.from({ length: 10 }, () => new Wanderer(boxes))
    for (let event = 0; event < 1500; event += 1) {
      log.set(`box ${random(30)}`, event)
      const client = clients[random(clients.length)]
      const what = random(40)
      if (what < 4) client?.come()
      else if (what < 6) client?.go()
      else if (what === 6 && random(10) === 0) {
        bench.breakLink()
        bench.mendLink()
      } else if (what === 7 && random(20) === 0) log.trim()
      if (random(3) === 0) await turn()
    }
    for (const client of clients) client.come()
    log.set('last', 1)
    for (const client of clients) {
      await expect
        .poll(
          () => {
            client.come()
            return client.cursor
          },
          { timeout: 10_000 },
        )
        .toBe(log.cursor)
      expect(stateOf(client)).toEqual(
        Object.fromEntries([...log.values].map(([id, { value }]) => [id, value])),
      )
      expectOrder(client)
    }
  },
)

function stateOf({ all }: Wanderer): Record<string, number> {
  let known: Record<string, number> = {}
  for (const { results } of all) {
    for (const { data } of results) {
      const event = data?.['boxes']
      if (event?.type === 'RESYNC') known = {}
      if (event?.state?.box) known[event.state.box.id] = event.state.value
    }
  }
  return known
}

/** Between one snapshot and the next every change is told once, in order, whatever sockets carried it. */
function expectOrder({ all }: Wanderer): void {
  let at: number | undefined
  let inSnapshot = true
  for (const { data } of all.flatMap(({ results }) => results)) {
    const { type, cursor } = data?.['boxes'] ?? {}
    const place = placeOf(cursor)
    if (type === 'RESYNC' || type === 'SNAPSHOT') inSnapshot = true
    else if (type === 'LIVE') {
      if (inSnapshot) at = place
      else expect(place).toBe(at)
      inSnapshot = false
    } else {
      if (at !== undefined && !inSnapshot) expect(place).toBe(at + 1)
      at = place
    }
  }
}
