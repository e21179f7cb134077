import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { openPoller, pollOnce, samplesOf, snmpTarget } from '../../tests/kit/collector.js'
import { Snmpd, snmpdProgram } from '../../tests/kit/snmpd.js'
import { snmp } from './index.js'

const port = `sotp${process.pid % 100_000}`
const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'ignore' })

/** One end of a cable that carries what is sent here and nothing else. */
function makePort(): boolean {
  try {
    ip('link', 'add', port, 'type', 'veth', 'peer', 'name', `${port}p`)
    for (const end of [port, `${port}p`]) ip('link', 'set', end, 'addrgenmode', 'none', 'up')
    ip('addr', 'add', '198.18.77.1/24', 'dev', port)
    return true
  } catch {
    return false
  }
}

/** Octets this host has sent through the port, as its kernel counts them. */
function sentByKernel(): bigint {
  const line = readFileSync('/proc/net/dev', 'utf8')
    .split('\n')
    .find((text) => text.trim().startsWith(`${port}:`))
  return BigInt(line?.split(':')[1]?.trim().split(/\s+/)[8] ?? -1)
}

async function send(packets: number, bytes: number): Promise<void> {
  const socket = createSocket('udp4')
  for (let n = 0; n < packets; n++) {
    await new Promise<void>((resolve, reject) =>
      socket.send(Buffer.alloc(bytes), 9, '198.18.77.2', (error) => (error ? reject(error) : resolve())),
    )
  }
  socket.close()
}

const able = snmpdProgram !== undefined && makePort()

// Needs Debian's package snmpd and the right to make an interface; elsewhere it is reported as skipped.
describe.skipIf(!able)('a real host, asked by SNMP', () => {
  let daemon: Snmpd
  beforeAll(() => {
    // Nobody answers at the other end, so the packets need a MAC address to go to.
    ip('neigh', 'add', '198.18.77.2', 'lladdr', '02:00:00:00:00:01', 'dev', port)
    daemon = new Snmpd('127.4.0.3', ['rocommunity public 127.0.0.0/8'])
  })
  afterAll(async () => {
    ip('link', 'del', port)
    await daemon[Symbol.asyncDispose]()
  })

  test('has sent what its own kernel counted', async () => {
    await using poller = await openPoller(snmp)
    const target = snmpTarget(daemon.address, { port: daemon.port, timeoutMs: 1000 })
    const poll = () => pollOnce(poller, target)
    await expect.poll(async () => (await poll()).outcome.result, { timeout: 15_000 }).toBe('success')
    const id = (await pollFacts()).find(({ name }) => name === port)?.id
    async function pollFacts() {
      await using fresh = await openPoller(snmp)
      return (await pollOnce(fresh, target)).facts?.interfaces ?? []
    }
    const before = sentByKernel()
    await send(4000, 1000)
    const sent = Number(sentByKernel() - before)
    expect(sent).toBe(4000 * (1000 + 42))
    // snmpd shows counters up to 3 s old: the rates of all polls until it has shown everything add up to it.
    let [told, uptime] = [0, 0]
    await expect
      .poll(
        async () => {
          const samples = samplesOf(await poll())
          const seconds = (samples['system.uptime'] ?? 0) - uptime
          const bps = samples[`if.out.bps ${id}`]
          if (uptime > 0 && bps !== undefined) told += (bps * seconds) / 8
          if (bps !== undefined || uptime === 0) uptime = samples['system.uptime'] ?? 0
          return told > sent * 0.98
        },
        { timeout: 15_000, interval: 1100 },
      )
      .toBe(true)
    // A hundredth of a second is the grain of sysUpTime, and the polls lie a second apart.
    expect(told).toBeLessThan(sent * 1.02)
  })
})
