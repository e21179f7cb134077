import { describe, expect, test } from 'vitest'

import { openRetries } from './retry.js'

const lost = new Error('lost')

describe('a call that did not get through', () => {
  test('is made once more, and only once', async () => {
    const retries = openRetries()
    let calls = 0
    const once = async () => {
      calls++
      if (calls === 1) throw lost
      return 'answer'
    }
    expect(await retries.run(once, () => true)).toBe('answer')
    const never = retries.run(
      async () => {
        calls++
        throw lost
      },
      () => true,
    )
    await expect(never).rejects.toBe(lost)
    expect(calls).toBe(4)
  })

  test('is not made again when that cannot help', async () => {
    let calls = 0
    const call = async () => {
      calls++
      throw lost
    }
    await expect(openRetries().run(call, () => false)).rejects.toBe(lost)
    expect(calls).toBe(1)
  })

  test('is made again for at most a tenth of all calls, beside a small reserve', async () => {
    let calls = 0
    let retried = 0
    const retries = openRetries(() => retried++)
    const call = async () => {
      calls++
      throw lost
    }
    const asked = 200
    await Promise.all(
      Array.from({ length: asked }, () => retries.run(call, () => true).catch(() => undefined)),
    )
    expect(calls).toBe(asked + retried)
    expect(retried).toBeGreaterThanOrEqual(10)
    expect(retried).toBeLessThanOrEqual(10 + asked / 10)
  })
})
