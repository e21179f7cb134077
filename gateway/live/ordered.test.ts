import { describe, expect, test } from 'vitest'

import { inWorkMax, mapInOrder } from './ordered.js'

/** Numbers from 0, as fast as they are asked for; tells how far it was read and whether it was ended. */
function numbers(count = Number.POSITIVE_INFINITY) {
  const seen = { read: 0, ended: false }
  const source: AsyncGenerator<number> = {
    async next() {
      if (seen.ended || seen.read >= count) return { done: true, value: undefined }
      seen.read += 1
      return { done: false, value: seen.read - 1 }
    },
    async return() {
      seen.ended = true
      return { done: true, value: undefined }
    },
    async throw(error) {
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
    async [Symbol.asyncDispose]() {},
  }
  return { seen, source }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('mapping in order', () => {
  test('works on many at once and gives results in the order of the items', async () => {
    let working = 0
    let most = 0
    const { source } = numbers(100)
    const mapped = mapInOrder(source, async (n) => {
      working += 1
      most = Math.max(most, working)
      for (let left = 100 - n; left > 0; left -= 1) await Promise.resolve()
      working -= 1
      return n
    })
    const results: number[] = []
    for await (const n of mapped) results.push(n)
    expect(results).toEqual(Array.from({ length: 100 }, (_, n) => n))
    expect(most).toBeGreaterThan(10)
  })

  test('reads ahead only so far', async () => {
    const { seen, source } = numbers()
    const mapped = mapInOrder(source, async (n) => n)
    expect((await mapped.next()).value).toBe(0)
    for (let n = 0; n < 2000; n += 1) await Promise.resolve()
    await turn()
    expect(seen.read).toBeLessThanOrEqual(inWorkMax + 2)
    await mapped.return(undefined)
  })

  test('ends its source at once, also while it waits', async () => {
    const { seen, source } = numbers(0)
    source.next = () => new Promise(() => {})
    const mapped = mapInOrder(source, async (n) => n)
    const waiting = mapped.next()
    await mapped.return(undefined)
    expect(seen.ended).toBe(true)
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(await mapped.next()).toEqual({ done: true, value: undefined })
  })

  test('gives what came before a failure, then the failure, then nothing', async () => {
    const { source } = numbers(2)
    const inner = source.next.bind(source)
    source.next = async () => {
      const step = await inner()
      if (step.done) throw new Error('gone')
      return step
    }
    const mapped = mapInOrder(source, async (n) => n)
    expect((await mapped.next()).value).toBe(0)
    expect((await mapped.next()).value).toBe(1)
    await expect(mapped.next()).rejects.toThrow('gone')
    expect((await mapped.next()).done).toBe(true)
    await expect(mapped.throw(new Error('mine'))).rejects.toThrow('mine')
  })
})
