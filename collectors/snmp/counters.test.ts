import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { counterRate, type PortReading, portRates } from './counters.js'
import { DeviceClock, judgeUptime } from './device-clock.js'

const counter = (value: bigint, width: 32 | 64 = 64) => ({ value, width })

describe('two readings of a counter', () => {
  const gigabit = { perSecondMax: 1e9 / 8, seconds: 30 }
  test('that grew give its rate', () => {
    expect(counterRate(counter(100n), counter(100n + 30_000_000n), gigabit)).toBe(1_000_000)
  })
  test('that did not move give zero', () => {
    expect(counterRate(counter(7n), counter(7n), gigabit)).toBe(0)
  })
  test('keep their precision beyond 2^53', () => {
    const big = 2n ** 63n + 12_345n
    expect(counterRate(counter(big), counter(big + 30n), gigabit)).toBe(1)
  })
  test('of 32 bits are joined over a wrap', () => {
    const hundred = { perSecondMax: 1e8 / 8, seconds: 30 }
    expect(counterRate(counter(2n ** 32n - 3_000_000n, 32), counter(0n, 32), hundred)).toBe(100_000)
  })
  test('of 64 bits are joined over a wrap', () => {
    expect(counterRate(counter(2n ** 64n - 30n), counter(0n), gigabit)).toBe(1)
  })
  test('of which the later is smaller without a plausible wrap are a reset', () => {
    expect(counterRate(counter(10n ** 12n), counter(5n), gigabit)).toBe('reset')
    expect(
      counterRate(counter(1_000_000n, 32), counter(5n, 32), { perSecondMax: 1e8 / 8, seconds: 30 }),
    ).toBe('reset')
    expect(counterRate(counter(1_000_000n, 32), counter(5n, 32), { perSecondMax: null, seconds: 30 })).toBe(
      'reset',
    )
  })
  test('that grew by more than the line carries are implausible', () => {
    expect(counterRate(counter(0n), counter(30n * 132_000_000n), gigabit)).toBe('implausible')
    expect(counterRate(counter(0n), counter(10n ** 18n), { perSecondMax: null, seconds: 30 })).toBe(
      'implausible',
    )
  })
  test('of 32 bits that may have wrapped twice say nothing', () => {
    expect(counterRate(counter(0n, 32), counter(5n, 32), { perSecondMax: 1e9 / 8, seconds: 60 })).toBe(
      'ambiguous',
    )
  })
  test('of different width are not compared', () => {
    expect(counterRate(counter(5n, 32), counter(500n, 64), gigabit)).toBe('reset')
  })
  test('a little above the line rate are the line rate: device time is told in hundredths', () => {
    expect(counterRate(counter(0n), counter(30n * 126_000_000n), gigabit)).toBe(125_000_000)
  })
})

const reading = (octets: bigint, ticks: number, more: Partial<PortReading> = {}): PortReading => ({
  epoch: 0,
  discontinuity: 0,
  counters: { inOctets: { value: octets, width: 64, ticks } },
  ...more,
})

describe('two readings of a port', () => {
  test('give bit rate and utilization by device time', () => {
    expect(portRates(reading(0n, 0), reading(37_500_000n, 3000), 1e9)).toEqual({
      rates: [
        ['if.in.bps', 10_000_000],
        ['if.in.utilization', 0.01],
      ],
      dropped: [],
      tooSoon: false,
    })
  })
  test('give no utilization where the speed is not known', () => {
    expect(portRates(reading(0n, 0), reading(3000n, 3000), null).rates.map(([name]) => name)).toEqual([
      'if.in.bps',
    ])
  })
  test('count over the wrap of sysUpTime', () => {
    const [rate] = portRates(reading(0n, 2 ** 32 - 1500), reading(30_000n, 1500), 1e9).rates
    expect(rate).toEqual(['if.in.bps', 8000])
  })
  test('of two lives of the device, or the first ever, give nothing', () => {
    expect(portRates(undefined, reading(1n, 1), 1e9).rates).toEqual([])
    expect(portRates(reading(5n, 100), reading(500n, 5000, { epoch: 1 }), 1e9).rates).toEqual([])
  })
  test('with a discontinuity between them give nothing', () => {
    const result = portRates(reading(5n, 100), reading(500n, 5000, { discontinuity: 4000 }), 1e9)
    expect(result).toEqual({ rates: [], dropped: ['reset'], tooSoon: false })
  })
  test('that lie less than a second apart wait for the next', () => {
    expect(portRates(reading(5n, 100), reading(500n, 150), 1e9)).toEqual({
      rates: [],
      dropped: [],
      tooSoon: true,
    })
  })
  test('what the agent left out stays out', () => {
    expect(portRates(reading(5n, 100), { ...reading(5n, 3100), counters: {} }, 1e9).rates).toEqual([])
  })
})

describe('sysUpTime', () => {
  const at = (ticks: number, seconds: number) => ({ ticks, atMs: seconds * 1000 })
  test.each([
    ['goes on', at(50_000, 0), at(53_000, 30), 'running'],
    ['goes back', at(50_000, 0), at(900, 30), 'restarted'],
    ['overtook its old value after a restart', at(5000, 0), at(30_000, 600), 'restarted'],
    ['wraps', at(2 ** 32 - 1000, 0), at(2000, 30), 'wrapped'],
    ['goes back near the wrap, but too far', at(2 ** 32 - 1000, 0), at(2000, 3600), 'restarted'],
    ['runs a little slow', at(50_000, 0), at(50_000 + 5850, 60), 'running'],
    ['jumps ahead', at(50_000, 0), at(500_000, 30), 'running'],
    ['hardly moved after a long stop of ours', at(9_000_000, 0), at(9_010_000, 3600), 'running'],
  ] as const)('%s', (_, before, after, verdict) => {
    expect(judgeUptime(before, after)).toBe(verdict)
  })
  test('uptime goes on over the wrap, and begins anew with a restart', () => {
    const clock = new DeviceClock()
    expect(clock.uptimeSeconds).toBeUndefined()
    clock.observe(at(2 ** 32 - 1000, 0))
    clock.observe(at(2000, 30))
    expect(clock.uptimeSeconds).toBeCloseTo((2 ** 32 + 2000) / 100)
    expect(clock.observe(at(500, 60))).toBe('restarted')
    expect(clock.uptimeSeconds).toBe(5)
    expect(clock.epoch).toBe(1)
  })
  test('wraps from before the first poll are told by the engine time', () => {
    const clock = new DeviceClock()
    clock.observe(at(2000, 0), (2 * 2 ** 32 + 2000) / 100)
    expect(clock.uptimeSeconds).toBeCloseTo((2 * 2 ** 32 + 2000) / 100)
  })
})

/** One port's true life: at each step so much time passes, so much is sent, and perhaps the device restarts. */
const history = fc.record({
  width: fc.constantFrom<32 | 64>(32, 64),
  speedBps: fc.constantFrom(10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 400_000_000_000),
  start: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  startTicks: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  steps: fc.array(
    fc.record({
      seconds: fc.double({ min: 20, max: 300, noNaN: true }),
      load: fc.double({ min: 0, max: 1, noNaN: true }),
      event: fc.oneof(
        { weight: 8, arbitrary: fc.constant('none' as const) },
        { weight: 1, arbitrary: fc.constant('reboot' as const) },
        { weight: 1, arbitrary: fc.constant('cleared' as const) },
      ),
    }),
    { minLength: 2, maxLength: 20 },
  ),
})

test('no rate is ever above the line, and none is wrong by 0.1 %, whatever wraps, restarts or is cleared', () => {
  let rates = 0
  const property = fc.property(history, ({ width, speedBps, start, startTicks, steps }) => {
    const clock = new DeviceClock()
    const modulus = 2n ** BigInt(width)
    let [now, booted, octets, discontinuity] = [0, -startTicks / 100, start % modulus, 0]
    const observe = () => {
      const ticks = Math.floor((now - booted) * 100) % 2 ** 32
      clock.observe({ ticks, atMs: now * 1000 })
      return { ticks }
    }
    let before: PortReading | undefined
    for (const { seconds, load, event } of steps) {
      const sent = BigInt(Math.floor((speedBps / 8) * load * seconds))
      now += seconds
      if (event === 'none') octets = (octets + sent) % modulus
      else octets = BigInt(Math.floor(Number(sent) / 3)) % modulus
      if (event === 'reboot') booted = now - seconds / 3
      const { ticks } = observe()
      if (event === 'cleared') discontinuity = ticks
      if (event === 'reboot') discontinuity = 0
      const after: PortReading = {
        epoch: clock.epoch,
        discontinuity,
        counters: { inOctets: { value: octets, width, ticks } },
      }
      const { rates: found } = portRates(before, after, speedBps)
      const rate = found.find(([name]) => name === 'if.in.bps')?.[1]
      if (rate !== undefined) {
        rates++
        const truth = Number(sent * 8n) / seconds
        // Plain comparisons: matchers would take most of the time.
        const right = event === 'none' && rate <= speedBps && Math.abs(rate - truth) <= truth * 0.001 + 1
        if (!right) throw new Error(`${rate} bit/s after "${event}", in truth ${truth}`)
      }
      before = after
    }
  })
  fc.assert(property, { numRuns: 10_000 })
  // The property must have had something to hold for.
  expect(rates).toBeGreaterThan(10_000)
})
