import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { createLog } from '#core/service/log.js'
import { registry } from '#core/service/metrics.js'

import { openBreaker } from './breaker.js'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

const broken = new Error('broken')
const fails = async () => {
  throw broken
}
const works = async () => 'answer'

function opened(name: string) {
  const breaker = openBreaker(name, createLog('test', 'silent'))
  const state = async () => {
    const { values = [] } = (await registry.getSingleMetric('sotp_gateway_breaker_state')?.get()) ?? {}
    return values.find(({ labels }) => labels['subgraph'] === name)?.value
  }
  return { breaker, state }
}

describe('a circuit breaker', () => {
  test('opens after five failures in a row, tries again after 2 s, and closes when that works', async () => {
    const { breaker, state } = opened('a')
    expect(await state()).toBe(0)
    for (let n = 0; n < 5; n++) await expect(breaker.run(fails)).rejects.toBe(broken)
    expect([breaker.isOpen, await state()]).toEqual([true, 2])
    let reached = 0
    const call = async () => {
      reached++
      return 'answer'
    }
    await expect(breaker.run(call)).rejects.toThrow('circuit')
    expect(reached).toBe(0)
    vi.advanceTimersByTime(2100)
    expect(await breaker.run(call)).toBe('answer')
    expect([reached, breaker.isOpen, await state()]).toEqual([1, false, 0])
  })

  test('lets one call try while it is half open, and stays open when that fails', async () => {
    const { breaker, state } = opened('b')
    for (let n = 0; n < 5; n++) await expect(breaker.run(fails)).rejects.toBe(broken)
    vi.advanceTimersByTime(2100)
    let settle: (error: Error) => void = () => {}
    const trial = breaker.run(
      () =>
        new Promise((_, reject) => {
          settle = reject
        }),
    )
    const failed = expect(trial).rejects.toBe(broken)
    expect(await state()).toBe(1)
    settle(broken)
    await failed
    await expect(breaker.run(works)).rejects.toThrow('circuit')
    expect(await state()).toBe(2)
  })

  test('opens when more than half of many calls fail, also where some work in between', async () => {
    const { breaker } = opened('c')
    for (let n = 0; n < 60 && !breaker.isOpen; n++) {
      await breaker.run(n % 3 === 0 ? works : fails).catch(() => undefined)
      vi.advanceTimersByTime(100)
    }
    expect(breaker.isOpen).toBe(true)
  })

  test('stays closed while few fail', async () => {
    const { breaker } = opened('d')
    for (let n = 0; n < 200; n++) {
      await breaker.run(n % 4 === 0 ? fails : works).catch(() => undefined)
      vi.advanceTimersByTime(20)
    }
    expect(breaker.isOpen).toBe(false)
  })
})
