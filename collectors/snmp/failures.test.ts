import { createSocket } from 'node:dgram'
import { describe, expect, test } from 'vitest'

import { askedAgent, cellOf, portsIn } from '../../tests/kit/asked-agent.js'
import { openPoller, pollOnce, samplesOf, snmpTarget } from '../../tests/kit/collector.js'
import {
  ber,
  counter64,
  encodeResponse,
  int,
  type Mischief,
  objectId,
  text,
  timeTicks,
} from '../../tests/kit/snmp-agent.js'
import { fakePorts, mibOf } from '../../tests/kit/snmp-device.js'
import { snmp } from './index.js'

const device = () => mibOf({ uptime: 100_000, ports: fakePorts(30), cpus: [10], memory: [1, 2] })
const { agent, poller, target } = await askedAgent('127.2.0.1', device, 100)
const failing = async (mischief: Mischief, settings = {}) => {
  agent.mischief = mischief
  const result = await pollOnce(poller, target(settings))
  return { result, outcome: result.outcome }
}
const failed = (reason: string) => ({ result: 'failed', reason })

describe('no good answer is a state with a reason', () => {
  test('silence is NO_REPLY, after the tries asked for', async () => {
    const { outcome, result } = await failing(() => undefined, { retries: 2 })
    expect(outcome).toMatchObject(failed('NO_REPLY'))
    expect(agent.requests).toHaveLength(3)
    expect(result.samples.length).toBe(0)
  })
  test('a wrong community cannot be told from silence', async () => {
    const other = await openPoller(snmp, {
      secrets: { public: { kind: 'SNMP_COMMUNITY', community: 'wrong' } },
    })
    expect((await pollOnce(other, target())).outcome).toMatchObject(failed('NO_REPLY'))
  })
  test('a port where nobody listens is UNREACHABLE, at once', async () => {
    const closed = createSocket('udp4')
    await new Promise<void>((resolve) => closed.bind(0, '127.2.0.9', resolve))
    const { port } = closed.address()
    await new Promise<void>((resolve) => closed.close(() => resolve()))
    const { outcome } = await pollOnce(poller, snmpTarget('127.2.0.9', { port, timeoutMs: 5000 }))
    expect(outcome).toMatchObject(failed('UNREACHABLE'))
    expect(outcome.durationMs).toBeLessThan(2000)
  })
  test('a name that leads nowhere is ADDRESS_UNRESOLVED', async () => {
    const { outcome } = await pollOnce(poller, snmpTarget('no-such-host.invalid', {}))
    expect(outcome).toMatchObject(failed('ADDRESS_UNRESOLVED'))
  })
  test('no credential, or none of the right kind, is CREDENTIAL_MISSING', async () => {
    expect((await pollOnce(poller, target({}, []))).outcome).toMatchObject(failed('CREDENTIAL_MISSING'))
    expect((await pollOnce(poller, target({}, ['gone']))).outcome).toMatchObject(failed('CREDENTIAL_MISSING'))
    expect((await pollOnce(poller, target({ version: 'V3' }))).outcome).toMatchObject(
      failed('CREDENTIAL_MISSING'),
    )
    expect(agent.requests).toHaveLength(0)
  })
  test('an agent that refuses by error status is AUTHENTICATION_FAILED', async () => {
    const { outcome } = await failing(() => ({ error: 16, index: 1 }))
    expect(outcome).toMatchObject(failed('AUTHENTICATION_FAILED'))
  })
})

describe('answers that are none are MALFORMED_RESPONSE', () => {
  const random = (n: number) => Buffer.from(Array.from({ length: n }, (_, at) => (at * 7919 + 31) & 0xff))
  const cases: [string, Mischief][] = [
    ['noise', () => random(200)],
    ['an empty datagram', () => Buffer.alloc(0)],
    ['a truncated message', (_, answer) => answer.subarray(0, answer.length - 7)],
    ['a message with something after it', (_, answer) => Buffer.concat([answer, random(3)])],
    ['a length of 4 GiB', () => Buffer.from('3084ffffffff020101', 'hex')],
    [
      'an integer of nine bytes',
      (request) => encodeResponse(request, [['1.3.6.1.2.1.1.3.0', ber(67, random(9))]]),
    ],
    [
      'a type that does not exist',
      (request) => encodeResponse(request, [['1.3.6.1.2.1.1.3.0', ber(0x77, random(2))]]),
    ],
    [
      'fewer objects than asked for',
      (request) => ({ varbinds: request.oids.slice(1).map((oid) => [oid, int(1)]) }),
    ],
    [
      'other objects than asked for',
      (request) => ({ varbinds: request.oids.map((oid) => [`${oid}.9`, int(1)]) }),
    ],
    [
      'a community of its own',
      (request, answer) =>
        Buffer.from(answer.toString('latin1').replace(request.community, 'pablic'), 'latin1'),
    ],
    [
      'an SNMPv3 message',
      () =>
        ber(
          48,
          int(3),
          ber(48, int(1), int(65507), text(Buffer.from([3])), int(3)),
          text(ber(48)),
          text('x'),
        ),
    ],
    [
      'a request instead of a response',
      (request, answer) => {
        const other = Buffer.from(answer)
        other[other.indexOf(0xa2)] = 0xa0
        return request.type === 160 ? other : answer
      },
    ],
  ]
  test.each(cases)('%s', async (_, mischief) => {
    const { outcome, result } = await failing(mischief)
    expect(outcome).toMatchObject(failed('MALFORMED_RESPONSE'))
    expect(result.samples.length).toBe(0)
    agent.mischief = undefined
    expect((await pollOnce(poller, target())).outcome.result).toBe('success')
  })

  test('a value of the wrong type is left out and marks the device; the good ones are kept', async () => {
    const mib = device()
    mib['1.3.6.1.2.1.31.1.1.1.6.3'] = text('plenty')
    mib['1.3.6.1.2.1.2.2.1.8.4'] = objectId('1.3.6.1')
    mib['1.3.6.1.2.1.25.3.3.1.2.1'] = text('10')
    agent.load(mib)
    const one = target()
    const result = await pollOnce(poller, one)
    expect(result.outcome).toMatchObject({
      ...failed('MALFORMED_RESPONSE'),
      detail: expect.stringContaining('wrong type'),
    })
    const samples = samplesOf(result)
    expect(samples).not.toHaveProperty('system.cpu')
    expect(samples['system.memory']).toBe(0.5)
    expect(portsIn(result)).toBe(29)
  })
  test('a counter of ten bytes is left out', async () => {
    const mib = device()
    mib['1.3.6.1.2.1.31.1.1.1.6.3'] = ber(70, Buffer.alloc(10, 1))
    agent.load(mib)
    expect((await pollOnce(poller, target())).outcome).toMatchObject(failed('MALFORMED_RESPONSE'))
  })
  test('an agent that runs in circles is left', async () => {
    const { outcome } = await failing((request, answer) =>
      request.type === 165
        ? {
            varbinds: [
              ['1.3.6.1.2.1.1.3.0', timeTicks(100_000)],
              ...request.oids
                .slice(1)
                .map((oid): [string, Buffer] => [`${oid.split('.').slice(0, 10).join('.')}.5`, int(1)]),
            ],
          }
        : answer,
    )
    expect(outcome).toMatchObject(failed('MALFORMED_RESPONSE'))
  })
})

describe('half an answer is neither success nor empty', () => {
  test('an agent that falls silent midway is INCOMPLETE', async () => {
    const { outcome, result } = await failing((request, answer) =>
      request.oids.some((oid) => Number(/^1\.3\.6\.1\.2\.1\.2\.2\.1\.8\.(\d+)$/.exec(oid)?.[1]) >= 12)
        ? undefined
        : answer,
    )
    expect(outcome).toMatchObject(failed('INCOMPLETE'))
    expect(result.samples.length).toBe(0)
    expect(result.facts).toBeUndefined()
  })
  test('an agent that answers with nothing is INCOMPLETE', async () => {
    const { outcome } = await failing((request, answer) =>
      request.type === 165 ? { varbinds: [['1.3.6.1.2.1.1.3.0', timeTicks(100_000)]] } : answer,
    )
    expect(outcome).toMatchObject(failed('INCOMPLETE'))
  })
  test('a table without end is TABLE_TOO_LARGE', { timeout: 60_000 }, async () => {
    const { outcome } = await failing((request, answer) => {
      if (request.type !== 165) return answer
      // Each request is followed by 400 new rows of each column.
      const rows = Array.from({ length: 60 }, (_, n) => n + 1)
      const columns = request.oids.slice(1)
      return {
        varbinds: [
          ['1.3.6.1.2.1.1.3.0', timeTicks(100_000)],
          ...rows.flatMap((n) =>
            columns.map((oid): [string, Buffer] => {
              const { column, index = 0 } = cellOf(oid)
              return [[...column, index + n].join('.'), counter64(1n)]
            }),
          ),
        ],
      }
    })
    expect(outcome).toMatchObject(failed('TABLE_TOO_LARGE'))
  })
})

describe('an agent that answers', () => {
  test('without interfaces is empty', async () => {
    agent.load(mibOf({ uptime: 5000, ports: [] }))
    const result = await pollOnce(poller, target())
    expect(result.outcome).toMatchObject({ result: 'empty', reason: null })
    expect(result.facts?.interfaces).toEqual([])
    expect(samplesOf(result)['system.uptime']).toBe(50)
  })
  test.each(['V1', 'V2C'] as const)('without any object we know is unsupported (%s)', async (version) => {
    agent.load({ '1.3.6.1.4.1.99999.1.0': int(1) })
    const result = await pollOnce(poller, target({ version }))
    expect(result.outcome).toMatchObject({ result: 'unsupported', reason: null })
    expect(result.facts).toBeUndefined()
    expect(result.samples.length).toBe(0)
  })
  // What more do to the event loop is in the bench `collect.snmp.table`.
  test('with 3,000 interfaces is read whole', { timeout: 60_000 }, async () => {
    agent.load(mibOf({ uptime: 100_000, ports: fakePorts(3000) }))
    const result = await pollOnce(poller, target({ intervalSeconds: 300, timeoutMs: 2000 }))
    expect(result.outcome).toMatchObject({ result: 'success' })
    expect(result.facts?.interfaces).toHaveLength(3000)
    expect(portsIn(result)).toBe(3000)
  })
})

describe('asking for less', () => {
  test.each([300, 130])(
    'an answer too big for the agent (%i octets) is asked for in parts',
    async (octets) => {
      const limit: Mischief = (_, answer) => (answer.length > octets ? { error: 1 } : answer)
      agent.mischief = limit
      const one = target()
      const first = await pollOnce(poller, one)
      expect(first.outcome).toMatchObject({ result: 'success' })
      expect(first.facts?.interfaces).toHaveLength(30)
      // What was learned holds: the next poll begins with what worked.
      agent.requests.length = 0
      expect((await pollOnce(poller, one)).outcome.result).toBe('success')
      const firstBulk = agent.requests.find(({ type }) => type === 165)
      expect(firstBulk?.maxRepetitions).toBe(1)
    },
  )
  test('a large answer that is lost on the way is asked for smaller', async () => {
    agent.mischief = (_, answer) => (answer.length > 700 ? undefined : answer)
    const one = target({ retries: 1 })
    expect((await pollOnce(poller, one)).outcome).toMatchObject({ result: 'success' })
  })
})
