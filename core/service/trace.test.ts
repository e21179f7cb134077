import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { startOtlpCollector } from '#tests/kit/otlp.js'
import { freshRedis } from '#tests/kit/stores.js'
import type { DeviceFacts } from '../contract/devices.js'
import { queues } from '../contract/queues.js'
import { type Environment, readConfig, traceConfig } from './config.js'
import { createLog } from './log.js'
import { registry } from './metrics.js'
import { openQueue } from './queue.js'
import { openTopics } from './topics.js'
import {
  currentTraceId,
  describeSpan,
  failSpan,
  isRecorded,
  recordedTraceparent,
  startTracing,
  traced,
  traceparentOf,
  untraced,
  withTraceparent,
} from './trace.js'

const log = createLog('test', 'silent')
const start = (env: Environment = {}) =>
  startTracing({ service: 'test', config: readConfig(traceConfig, env), log })
const [traceId, spanId] = ['a'.repeat(32), 'b'.repeat(16)]
const sampled = `00-${traceId}-${spanId}-01`

describe('without a collector', () => {
  let tracing: AsyncDisposable
  beforeAll(async () => {
    tracing = await start()
  })
  afterAll(() => tracing[Symbol.asyncDispose]())

  test('work has a trace id of its own, across awaits and inner steps, and none outside', async () => {
    expect(currentTraceId()).toBeUndefined()
    const ids = await Promise.all(
      [1, 2].map(() =>
        traced('outer', {}, async () => {
          const first = currentTraceId()
          await new Promise((resolve) => setImmediate(resolve))
          return [first, traced('inner', {}, () => currentTraceId()), traceparentOf()?.split('-')[1]]
        }),
      ),
    )
    for (const [first, ...others] of ids) {
      expect(first).toMatch(/^[0-9a-f]{32}$/)
      expect(others).toEqual([first, first])
    }
    expect(ids[0]?.[0]).not.toBe(ids[1]?.[0])
  })

  test('log lines tell it', () => {
    const lines: string[] = []
    const told = createLog('test', 'info', { write: (line) => void lines.push(line) })
    const id = traced('work', {}, () => {
      told.info('within')
      return currentTraceId()
    })
    told.info('outside')
    expect(lines.map((line) => JSON.parse(line).traceId)).toEqual([id, undefined])
  })

  test('nothing is recorded, and what another process records goes on under its id', () => {
    expect(traced('work', {}, () => [isRecorded(), recordedTraceparent()])).toEqual([false, undefined])
    expect(withTraceparent(sampled, () => traced('work', {}, () => recordedTraceparent()))).toBe(sampled)
  })

  test.each([
    ['absent', undefined],
    ['not one', 'rubbish'],
    ['of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['of a forbidden version', `ff-${traceId}-${spanId}-01`],
    ['longer than its version allows', `${sampled}-x`],
    ['in capitals', sampled.toUpperCase()],
  ])('a traceparent that is %s is none', (_, header) => {
    expect(withTraceparent(header, currentTraceId)).toBeUndefined()
  })

  test('a traceparent of a later version may be longer', () => {
    expect(withTraceparent(`01-${traceId}-${spanId}-01-more`, currentTraceId)).toBe(traceId)
  })

  test('what outlives a request can leave its trace', () => {
    expect(traced('request', {}, () => untraced(currentTraceId))).toBeUndefined()
  })
})

describe('with a collector', () => {
  const stack = new AsyncDisposableStack()
  let collector: Awaited<ReturnType<typeof startOtlpCollector>>
  beforeAll(async () => {
    collector = stack.use(await startOtlpCollector())
    const env = {
      SOTP_OTLP_URL: `${collector.url}/`,
      SOTP_OTLP_HEADERS: 'x-tenant=noc, authorization=Bearer a=b',
    }
    // None by ratio: whatever is recorded here is so because of its parent or its causes.
    stack.use(await start({ ...env, SOTP_TRACE_RATIO: '1e-12' }))
  })
  afterAll(() => stack.disposeAsync())
  const named = (name: string) => collector.spans.filter((span) => span.name === name)
  const received = async (name: string) => {
    await expect.poll(() => named(name), { timeout: 10_000 }).not.toHaveLength(0)
    return named(name)
  }
  const within = <Result>(work: () => Result) => withTraceparent(sampled, work)

  test('spans reach it, with the headers it wants', async () => {
    await within(() =>
      traced('parent', { size: 3 }, async () => traced('child', {}, () => describeSpan({ more: 'x' }))),
    )
    const [[parent], [child]] = [await received('parent'), await received('child')]
    expect(parent).toMatchObject({ traceId, parentSpanId: spanId, attributes: { size: 3 }, failed: false })
    expect(child).toMatchObject({ traceId, parentSpanId: parent?.spanId, attributes: { more: 'x' } })
    expect(collector.headers[0]).toMatchObject({ 'x-tenant': 'noc', authorization: 'Bearer a=b' })
  })

  test('work that fails is marked with the kind of its error, without its words', async () => {
    const wrong = new RangeError('the password is 4711')
    expect(() =>
      within(() =>
        traced('throws', {}, () => {
          throw wrong
        }),
      ),
    ).toThrow(wrong)
    await expect(
      within(() =>
        traced('rejects', {}, async () => {
          throw wrong
        }),
      ),
    ).rejects.toThrow(wrong)
    within(() => traced('answers', {}, () => failSpan('NOT_FOUND')))
    for (const name of ['throws', 'rejects']) {
      expect((await received(name))[0]).toMatchObject({
        failed: true,
        attributes: { 'error.type': 'RangeError' },
      })
    }
    expect((await received('answers'))[0]).toMatchObject({
      failed: true,
      attributes: { 'error.type': 'NOT_FOUND' },
    })
    expect(collector.bodies.join()).not.toContain('4711')
  })

  test('what was caused by recorded events is recorded, as a trace of its own with links', async () => {
    traced('caused', {}, () => {}, { root: true, causes: [undefined, 'rubbish', sampled, sampled] })
    traced('not recorded', {}, () => {}, { root: true, causes: [`00-${traceId}-${spanId}-00`] })
    const [caused] = await received('caused')
    expect(caused?.traceId).not.toBe(traceId)
    expect(caused?.links).toMatchObject([{ traceId, spanId }])
    expect(named('not recorded')).toEqual([])
  })

  test('a job is one trace with whoever added it', async () => {
    const redisUrl = await freshRedis()
    await using queue = openQueue(queues.facts, { redisUrl, log })
    const seen = Promise.withResolvers<string | undefined>()
    queue.process(1, async () => seen.resolve(currentTraceId()))
    await within(() => queue.add(facts, { jobId: 'a' }))
    expect(await seen.promise).toBe(traceId)
    const [[send], [processed]] = [
      await received('send inventory.facts'),
      await received('process inventory.facts'),
    ]
    expect(send).toMatchObject({ kind: 4, parentSpanId: spanId })
    expect(processed).toMatchObject({ kind: 5, parentSpanId: send?.spanId, traceId })
  })

  test('readers of a topic learn where an event was published', async () => {
    await using topics = openTopics({ redisUrl: await freshRedis(), log })
    const event = { v: 1, kind: 'device.resync', requestedBy: 'x' } as const
    await topics.publish('device.resync', event)
    await within(() => topics.publish('device.resync', event))
    const [plain, told] = await topics.read('device.resync', '0-0', 10)
    const [send] = await received('send device.resync')
    expect(plain).not.toHaveProperty('traceparent')
    expect(told).toMatchObject({ event, traceparent: `00-${traceId}-${send?.spanId}-01` })
  })

  test('a collector that does not take spans costs only the spans, and is told of by a metric', async () => {
    const lost = async () =>
      (await registry.metrics()).match(/sotp_trace_spans_total{result="lost"} (\d+)/)?.[1]
    collector.answerWith(400)
    within(() => traced('refused', {}, () => {}))
    await expect.poll(lost, { timeout: 10_000 }).toBe('1')
    collector.answerWith(200)
    within(() => traced('taken', {}, () => {}))
    await received('taken')
    expect(named('refused')).toEqual([])
  })
})

test('a process that stops sends what it has first', async () => {
  await using collector = await startOtlpCollector()
  const tracing = await start({ SOTP_OTLP_URL: collector.url, SOTP_TRACE_RATIO: '1' })
  traced('last', {}, () => {})
  await tracing[Symbol.asyncDispose]()
  expect(collector.spans.map(({ name }) => name)).toEqual(['last'])
})

test('faults of its settings are told with the others', () => {
  const read = () =>
    readConfig(traceConfig, {
      SOTP_OTLP_URL: 'collector:4318',
      SOTP_OTLP_HEADERS: 'x',
      SOTP_TRACE_RATIO: '2',
    })
  for (const key of ['SOTP_OTLP_URL', 'SOTP_OTLP_HEADERS', 'SOTP_TRACE_RATIO']) expect(read).toThrow(key)
})

const facts: DeviceFacts = {
  v: 1,
  kind: 'device.facts',
  deviceId: '00000000-0000-4000-8000-000000000001',
  at: 1,
  sysName: 'r1',
  sysDescr: null,
  sysObjectId: null,
  vendor: null,
  model: null,
  osVersion: null,
  serialNumber: null,
  interfaces: null,
}
