import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

import type { PollTarget } from '#core/contract/polling.js'
import type { Poller, ProbeResult } from '#core/service/collector.js'
import { openResolver } from '#core/service/collector-address.js'
import { createLog } from '#core/service/log.js'
import { rememberPorts } from '../../tests/kit/collector.js'
import { icmp } from './index.js'

const target = (address: string, settings: Partial<PollTarget['icmp']> = {}): PollTarget => ({
  deviceId: crypto.randomUUID(),
  name: address,
  address,
  icmp: { enabled: true, intervalSeconds: 30, packets: 3, timeoutMs: 300, ...settings },
  snmp: null,
  credentialRefs: [],
})

const open = (settings: Record<string, string> = {}): Promise<Poller> =>
  icmp.open({
    config: icmp.config.parse(settings),
    log: createLog('test', 'silent'),
    secrets: { first: async () => undefined, find: async () => undefined },
    addresses: openResolver(),
    knownPorts: rememberPorts(),
  })

async function poll(poller: Poller, targets: PollTarget[], signal = new AbortController().signal) {
  const results = new Map<string, ProbeResult>()
  for await (const result of poller.probe(targets, signal)) {
    expect(results.has(result.outcome.deviceId)).toBe(false)
    results.set(result.outcome.deviceId, result)
  }
  return (one: PollTarget) => {
    const result = results.get(one.deviceId)
    if (!result) throw new Error(`no result of ${one.address}`)
    const samples = Object.fromEntries(
      result.samples.metrics.map((name, n) => [name, result.samples.values[n]]),
    )
    return { outcome: result.outcome, samples }
  }
}

const folder = mkdtempSync(path.join(tmpdir(), 'icmp-test-'))
afterAll(() => rmSync(folder, { recursive: true }))
const script = (name: string, text: string): string => {
  const file = path.join(folder, name)
  writeFileSync(file, `#!/bin/sh\n${text}\n`)
  chmodSync(file, 0o755)
  return file
}

const ways: [string, Record<string, string>][] = [
  ['fping', {}],
  ['ping, where there is no fping', { SOTP_COLLECTORS_ICMP_FPING: '/nonexistent/fping' }],
]

describe.each(ways)('%s', (_, settings) => {
  test('tells round-trip times of IPv4, IPv6 and named devices, and which names lead nowhere', async () => {
    const poller = await open(settings)
    const good = [target('127.0.0.1'), target('127.44.0.2'), target('::1'), target('localhost')]
    const twin = target('127.44.0.2', { packets: 3 })
    const lost = target('no-such-host.invalid')
    const of = await poll(poller, [...good, twin, lost])
    for (const device of [...good, twin]) {
      const { outcome, samples } = of(device)
      expect(outcome).toMatchObject({ result: 'success', reason: null })
      expect(samples['icmp.loss']).toBe(0)
      expect(samples['icmp.rtt']).toBeGreaterThan(0)
      expect(samples['icmp.rtt.min']).toBeLessThanOrEqual(samples['icmp.rtt'] ?? 0)
      expect(samples['icmp.rtt.max']).toBeGreaterThanOrEqual(samples['icmp.rtt'] ?? 0)
      expect(samples['icmp.jitter']).toBeGreaterThanOrEqual(0)
    }
    expect(of(lost)).toMatchObject({
      outcome: { result: 'failed', reason: 'ADDRESS_UNRESOLVED' },
      samples: {},
    })
  })

  test('a device that does not answer is NO_REPLY with loss 1 and no round-trip time', async (context) => {
    // Only root may make a hole in the loopback network; elsewhere this is left out, and said so.
    const route = ['blackhole', '127.66.0.9/32', 'table', 'local']
    try {
      execFileSync('ip', ['route', 'add', ...route], { stdio: 'ignore' })
    } catch {
      context.skip('needs root and iproute2 to make an address that does not answer')
    }
    try {
      const poller = await open(settings)
      const [hole, fine] = [target('127.66.0.9'), target('127.0.0.1', { packets: 1 })]
      const of = await poll(poller, [hole, fine])
      expect(of(hole)).toMatchObject({
        outcome: { result: 'failed', reason: 'NO_REPLY' },
        samples: { 'icmp.loss': 1 },
      })
      expect(Object.keys(of(hole).samples)).toEqual(['icmp.loss'])
      expect(Object.keys(of(fine).samples).sort()).toEqual([
        'icmp.loss',
        'icmp.rtt',
        'icmp.rtt.max',
        'icmp.rtt.min',
      ])
    } finally {
      execFileSync('ip', ['route', 'del', ...route])
    }
  })
})

test('an address that looks like an option is refused, whatever the plan says', async () => {
  const bad = ['-S127.0.0.1', '--file=/etc/passwd', '127.0.0.1 -f', '$(id)', 'a\n127.0.0.1', ''].map((text) =>
    target(text),
  )
  const of = await poll(await open(), bad)
  for (const device of bad) expect(of(device).outcome).toMatchObject({ reason: 'ADDRESS_UNRESOLVED' })
})

test('thousands of devices go through one process', async () => {
  const poller = await open()
  const many = Array.from({ length: 2999 }, (_, n) => target(`127.50.${n >> 8}.${n & 255}`, { packets: 1 }))
  const of = await poll(poller, many)
  expect(many.filter((device) => of(device).outcome.result !== 'success')).toEqual([])
})

test('fping that may not open its socket is replaced by ping', async () => {
  const fping = script('fping', `echo "fping: can't create socket (must run as root?)" >&2; exit 4`)
  const device = target('127.0.0.1')
  const of = await poll(await open({ SOTP_COLLECTORS_ICMP_FPING: fping }), [device])
  expect(of(device).outcome.result).toBe('success')
})

test("an address fping says nothing of is our failure, not the device's", async () => {
  const fping = script('silent', 'cat >/dev/null; echo nonsense >&2; exit 1')
  const device = target('127.0.0.1')
  const of = await poll(await open({ SOTP_COLLECTORS_ICMP_FPING: fping }), [device])
  expect(of(device)).toMatchObject({ outcome: { result: 'failed', reason: 'INTERNAL' }, samples: {} })
})

test('stopping ends fping at once and says nothing of what it did not finish', async () => {
  const fping = script('slow', 'exec sleep 30')
  const stop = new AbortController()
  const poller = await open({ SOTP_COLLECTORS_ICMP_FPING: fping })
  const began = performance.now()
  const results = (async () => {
    const found: ProbeResult[] = []
    for await (const result of poller.probe([target('127.0.0.1')], stop.signal)) found.push(result)
    return found
  })()
  setTimeout(() => stop.abort(), 50)
  expect(await results).toEqual([])
  expect(performance.now() - began).toBeLessThan(5000)
})
