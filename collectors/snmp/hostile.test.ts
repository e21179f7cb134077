import { createSocket } from 'node:dgram'
import { expect, test } from 'vitest'

import { registry } from '#core/service/metrics.js'

import { askedAgent, cellOf, portsIn } from '../../tests/kit/asked-agent.js'
import { pollOnce, samplesOf, snmpTarget } from '../../tests/kit/collector.js'
import { encodeResponse, int, type Mischief, SnmpAgent, timeTicks } from '../../tests/kit/snmp-agent.js'
import { fakePorts, mibOf } from '../../tests/kit/snmp-device.js'

/** Agents that lie, shout or are out of order, on the socket that all share. */

const device = () => mibOf({ uptime: 100_000, ports: fakePorts(30) })
const { agent, poller, target } = await askedAgent('127.2.0.5', device, 150)
const dropped = async (reason: string): Promise<number> => {
  const metric = await registry.getSingleMetric('sotp_collector_datagrams_dropped_total')?.get()
  return metric?.values.find(({ labels }) => labels['reason'] === reason)?.value ?? 0
}

test('answers to requests that nobody made are counted, and told apart from silence', async () => {
  const before = await dropped('unknown_request')
  agent.mischief = (request, answer) => {
    const other = { ...request, id: request.id ^ 1 }
    return request.oids.length > 0 ? encodeResponse(other, [[request.oids[0] ?? '', int(1)]]) : answer
  }
  const { outcome } = await pollOnce(poller, target())
  expect(outcome).toMatchObject({ reason: 'NO_REPLY', detail: expect.stringContaining('other requests') })
  expect(await dropped('unknown_request')).toBeGreaterThan(before)
})

test('what comes twice is taken once', async () => {
  const before = await dropped('unknown_request')
  agent.mischief = (request, answer) => {
    // The same answer, a second time.
    agent.socket.send(answer, asker?.port ?? 0, asker?.address)
    return request ? answer : undefined
  }
  let asker: { port: number; address: string } | undefined
  agent.socket.prependListener('message', (_, from) => {
    asker = from
  })
  const one = target()
  for (let n = 0; n < 2; n++) {
    const result = await pollOnce(poller, one)
    expect(result.outcome.result).toBe('success')
    expect(portsIn(result)).toBe(30)
  }
  await expect.poll(() => dropped('unknown_request')).toBeGreaterThan(before)
})

test('an answer from another address is not believed where the agent is known to answer from its own', async () => {
  const one = target()
  // The first poll has a socket of its own, from then on it is the shared one.
  expect((await pollOnce(poller, one)).outcome.result).toBe('success')
  const before = await dropped('foreign_address')
  const stranger = createSocket('udp4')
  await new Promise<void>((resolve) => stranger.bind(0, '127.2.0.6', resolve))
  let asker: { port: number; address: string } | undefined
  agent.socket.prependListener('message', (_, from) => {
    asker = from
  })
  agent.mischief = (request, answer) => {
    const lie = encodeResponse(
      request,
      request.oids.map((oid) => [oid, timeTicks(7)]),
    )
    stranger.send(lie, asker?.port ?? 0, asker?.address)
    return answer
  }
  const result = await pollOnce(poller, one)
  expect(result.outcome.result).toBe('success')
  expect(samplesOf(result)['system.uptime']).toBe(1000)
  await expect.poll(() => dropped('foreign_address')).toBeGreaterThan(before)
  stranger.close()
})

test('an agent that goes away while it shares the socket is UNREACHABLE at the second try', async () => {
  const other = await SnmpAgent.listen('127.2.0.7')
  other.load(device())
  const one = snmpTarget('127.2.0.7', { port: other.port, timeoutMs: 150, retries: 1 })
  for (let n = 0; n < 2; n++) expect((await pollOnce(poller, one)).outcome.result).toBe('success')
  await other[Symbol.asyncDispose]()
  expect((await pollOnce(poller, one)).outcome).toMatchObject({ reason: 'UNREACHABLE' })
})

/** Tables whose rows come in the order of `indexes`, whatever is asked for; `wrap` begins again behind the last. */
const inOrderOf = (indexes: readonly number[], wrap: boolean): Mischief => {
  return (request, answer) => {
    if (request.type !== 165) return answer
    const rows = Array.from({ length: request.maxRepetitions }, (_, step) =>
      request.oids.slice(1).map((oid): [string, Buffer] => {
        const { column, index: last } = cellOf(oid)
        const next = (last === undefined ? 0 : indexes.indexOf(last) + 1) + step
        const index = wrap ? indexes[next % indexes.length] : indexes[next]
        return index === undefined ? ['1.3.6.1.9', int(0)] : [[...column, index].join('.'), int(1)]
      }),
    )
    return { varbinds: [['1.3.6.1.2.1.1.3.0', timeTicks(100_000)], ...rows.flat()] }
  }
}

test('a table out of order fails the poll, and is read whole where that is allowed', async () => {
  const shuffled = Array.from({ length: 30 }, (_, n) => ((n * 7) % 30) + 1)
  agent.mischief = inOrderOf(shuffled, false)
  expect((await pollOnce(poller, target())).outcome).toMatchObject({
    reason: 'MALFORMED_RESPONSE',
    detail: expect.stringContaining('does not go forward after'),
  })
  const result = await pollOnce(poller, target({ allowNonIncreasing: true }))
  expect(result.facts?.interfaces).toHaveLength(30)
  expect(portsIn(result)).toBe(30)
})

test('one that also begins again behind its end is left after one round', async () => {
  agent.mischief = inOrderOf([5, 3, 9, 1, 7], true)
  const result = await pollOnce(poller, target({ allowNonIncreasing: true }))
  expect(portsIn(result)).toBe(5)
  // Without an end it would be asked until the poll's time is up, some thousand times.
  expect(agent.requests.length).toBeLessThan(100)
})

test('an agent without a good GETBULK is asked by GETNEXT, and no request has more objects than allowed', async () => {
  const slow = await pollOnce(poller, target({ bulk: false }))
  expect(slow.facts?.interfaces).toHaveLength(30)
  expect(new Set(agent.requests.map(({ type }) => type))).toEqual(new Set([160, 161]))
  agent.requests.length = 0
  const narrow = await pollOnce(poller, target({ maxOidsPerRequest: 4 }))
  expect(narrow.facts?.interfaces).toHaveLength(30)
  expect(portsIn(narrow)).toBe(30)
  expect(Math.max(...agent.requests.map(({ oids }) => oids.length))).toBe(4)
})
