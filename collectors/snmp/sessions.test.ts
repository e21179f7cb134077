import { createSocket } from 'node:dgram'
import { expect, test } from 'vitest'

import { openPoller, pollOnce, publicCommunity, snmpTarget } from '../../tests/kit/collector.js'
import { SnmpAgent } from '../../tests/kit/snmp-agent.js'
import { fakePorts, mibOf } from '../../tests/kit/snmp-device.js'
import { snmp } from './index.js'
import { Pacing } from './pacing.js'
import type { SessionSettings } from './session.js'
import { Sessions } from './sessions.js'

const v3: SessionSettings = {
  ip: '127.7.0.1',
  port: 9,
  timeoutMs: 100,
  version: 'V3',
  route: 'shared',
  credentialId: 'v3',
  contextName: '',
  bulk: true,
  secret: {
    kind: 'SNMP_V3',
    username: 'u',
    authProtocol: 'SHA256',
    authKey: 'long enough',
    privProtocol: null,
    privKey: null,
  },
}

test('an SNMPv3 session is kept, and replaced when its secret changes; a v2c one lasts for one poll', async () => {
  await using sessions = new Sessions()
  const first = sessions.take('a', v3)
  expect(first.reused).toBe(false)
  sessions.giveBack('a', first)
  const second = sessions.take('a', v3)
  expect(second).toEqual({ session: first.session, reused: true })
  sessions.giveBack('a', second)
  const other = sessions.take('a', { ...v3, timeoutMs: 200 })
  expect(other.reused).toBe(false)
  expect(other.session).not.toBe(first.session)
  sessions.giveBack('a', other)
  const community = sessions.take('b', { ...v3, version: 'V2C', secret: publicCommunity })
  sessions.giveBack('b', community)
  expect(sessions.size).toBe(1)
  sessions.drop('a')
  expect(sessions.size).toBe(0)
})

test('an agent that answers from another of its addresses is heard at the second poll', async () => {
  await using agent = await SnmpAgent.listen('127.7.0.2')
  agent.load(mibOf({ uptime: 5000, ports: fakePorts(2) }))
  // A relay: asked at .3, answering from .4.
  const [door, back] = [createSocket('udp4'), createSocket('udp4')]
  await new Promise<void>((resolve) => door.bind(0, '127.7.0.3', resolve))
  await new Promise<void>((resolve) => back.bind(0, '127.7.0.4', resolve))
  let asker: { port: number; address: string } | undefined
  door.on('message', (datagram, from) => {
    asker = from
    back.send(datagram, agent.port, '127.7.0.2')
  })
  back.on('message', (datagram) => asker && back.send(datagram, asker.port, asker.address))
  await using poller = await openPoller(snmp)
  const target = snmpTarget('127.7.0.3', { port: door.address().port, timeoutMs: 500, retries: 0 })
  expect((await pollOnce(poller, target)).outcome.reason).toBe('NO_REPLY')
  for (let n = 0; n < 2; n++) expect((await pollOnce(poller, target)).outcome.result).toBe('success')
  door.close()
  back.close()
})

test('an IPv6 agent is read', async () => {
  await using agent = await SnmpAgent.listen('::1')
  agent.load(mibOf({ uptime: 5000, ports: fakePorts(2) }))
  await using poller = await openPoller(snmp)
  expect((await pollOnce(poller, snmpTarget('::1', { port: agent.port }))).outcome.result).toBe('success')
})

test('stopping ends polls that wait for an answer, at once', async () => {
  await using agent = await SnmpAgent.listen('127.7.0.5')
  agent.mischief = () => undefined
  await using poller = await openPoller(snmp)
  const stop = new AbortController()
  const began = performance.now()
  const results: unknown[] = []
  const done = (async () => {
    const target = snmpTarget('127.7.0.5', { port: agent.port, timeoutMs: 20_000 })
    for await (const result of poller.probe([target], stop.signal)) results.push(result)
  })()
  await expect.poll(() => agent.requests.length).toBe(1)
  stop.abort()
  await done
  expect(results).toEqual([])
  expect(performance.now() - began).toBeLessThan(5000)
})

test('a hundred devices of a shard are read side by side', async () => {
  await using agent = await SnmpAgent.listen('127.7.0.6')
  agent.load(mibOf({ uptime: 5000, ports: fakePorts(2) }))
  await using poller = await openPoller(snmp, { settings: { SOTP_COLLECTORS_SNMP_CONCURRENCY: '10' } })
  const targets = Array.from({ length: 100 }, () =>
    snmpTarget('127.7.0.6', { port: agent.port, timeoutMs: 2000 }),
  )
  const seen = new Set<string>()
  for await (const { outcome } of poller.probe(targets, new AbortController().signal)) {
    expect(outcome.result).toBe('success')
    seen.add(outcome.deviceId)
  }
  expect(seen.size).toBe(100)
})

test('max-repetitions fills a datagram, halves down to one, and comes back slowly', () => {
  const pacing = new Pacing(25)
  expect(pacing.repetitions(1)).toBe(25)
  expect(pacing.repetitions(10)).toBe(6)
  expect(pacing.failed(6)).toBe(3)
  expect(pacing.failed(3)).toBe(1)
  expect(pacing.failed(1)).toBe(1)
  expect(pacing.repetitions(10)).toBe(1)
  for (let n = 0; n < 200; n++) pacing.worked()
  expect(pacing.repetitions(10)).toBe(2)
  for (let n = 0; n < 200 * 100; n++) pacing.worked()
  expect(pacing.repetitions(1)).toBe(25)
})
