import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createLog } from '#core/service/log.js'

import { runCli } from './cli.js'
import type { LabDevice } from './description.js'
import { type Lab, startLab } from './main.js'
import { get, indexes, text, v2c, walk, whole } from './manager.js'

let lab: Lab
const log = createLog('test', 'silent')
const port = 16211
beforeAll(async () => {
  lab = await startLab({ devices: 24, port, controlPort: 0, network: '127.211', log })
})
afterAll(() => lab[Symbol.asyncDispose]())

const named = (name: string): LabDevice => {
  const found = lab.devices.find((device) => device.name === name)
  if (!found) throw new Error(`no ${name}`)
  return found
}
const sysUpTime = '1.3.6.1.2.1.1.3.0'
const sysName = '1.3.6.1.2.1.1.5.0'
const ifName = '1.3.6.1.2.1.31.1.1.1.1'
const ifOperStatus = '1.3.6.1.2.1.2.2.1.8'
const ifHCOutOctets = '1.3.6.1.2.1.31.1.1.1.10'

async function cli(...argv: string[]): Promise<{ code: number; said: string }> {
  let said = ''
  const code = await runCli([...argv, '--url', lab.controlUrl], (part) => {
    said += part
  })
  return { code, said }
}

describe('what a poll reads', () => {
  test('64-bit counters grow, and the 32-bit ones are their low half', async () => {
    const device = named('waw-dist-01')
    const index = (await indexes(device)).get('Ethernet2')
    using session = v2c(device)
    const oids = [`${ifHCOutOctets}.${index}`, `1.3.6.1.2.1.2.2.1.16.${index}`]
    const [high, low] = await get(session, oids)
    expect(whole(high)).toBeGreaterThan(2n ** 33n)
    expect(BigInt.asUintN(32, whole(high))).toBe(whole(low))
    await expect.poll(async () => whole((await get(session, oids))[0])).toBeGreaterThan(whole(high))
  })
  test('both ends of a cable count the same octets', async () => {
    const [above, below] = [named('waw-dist-01'), named('waw-acc-01')]
    const [upper, lower] = [await indexes(above), await indexes(below)]
    await cli('reboot', 'waw-dist-01', '--seconds', '0')
    await cli('reboot', 'waw-acc-01', '--seconds', '0')
    const again = [await indexes(above), await indexes(below)]
    expect(again[0]?.get('Ethernet2')).not.toBe(upper.get('Ethernet2'))
    expect(again[1]?.get('Te1/1/1')).not.toBe(lower.get('Te1/1/1'))
    using first = v2c(above)
    using second = v2c(below)
    const read = async () => {
      const [sent] = await get(first, [`${ifHCOutOctets}.${again[0]?.get('Ethernet2')}`])
      const [received] = await get(second, [`1.3.6.1.2.1.31.1.1.1.6.${again[1]?.get('Te1/1/1')}`])
      return Number(whole(sent)) / Number(whole(received))
    }
    await expect.poll(read, { timeout: 5000 }).toBeCloseTo(1, 1)
  })
  test('processors, memory, model, serial number and software are there', async () => {
    using session = v2c(named('waw-srv-01'))
    const loads = await walk(session, '1.3.6.1.2.1.25.3.3.1.2')
    expect(loads).toHaveLength(8)
    for (const { value } of loads) expect(Number(value)).toBeGreaterThan(0)
    const [type, unit, size, used] = await get(
      session,
      [2, 4, 5, 6].map((column) => `1.3.6.1.2.1.25.2.3.1.${column}.1`),
    )
    expect(text(type)).toBe('1.3.6.1.2.1.25.2.1.2')
    expect(Number(unit?.value)).toBe(1024)
    expect(Number(used?.value)).toBeLessThan(Number(size?.value))
    const [version, serial, model] = await get(
      session,
      [10, 11, 13].map((column) => `1.3.6.1.2.1.47.1.1.1.1.${column}.1`),
    )
    expect([text(version), text(serial), text(model)].every((value) => value.length > 4)).toBe(true)
  })
})

test('every neighbour that a device hears, hears it too, on the same cable', async () => {
  const heard = new Map<string, string>()
  for (const device of lab.devices) {
    const names = await indexes(device)
    const nameOf = new Map([...names].map(([name, index]) => [index, name]))
    using session = v2c(device)
    // net-snmp calls it an error when the asked table is empty, as with devices that do not speak LLDP.
    const rows = await walk(session, '1.0.8802.1.1.2.1.4.1.1.9').catch(() => [])
    for (const row of rows) {
      const [, local] = row.oid.split('.').slice(-3).map(Number)
      using peer = v2c(named(text(row)))
      const [manAddr] = await walk(session, `1.0.8802.1.1.2.1.4.2.1.4.0.${local}.1`)
      const [remote] = await get(peer, [`${ifName}.${manAddr?.value}`])
      expect(manAddr?.oid.split('.').slice(-4).join('.')).toBe(named(text(row)).address)
      heard.set(`${device.name} ${nameOf.get(local ?? 0)}`, `${text(row)} ${text(remote)}`)
    }
  }
  expect(heard.size).toBeGreaterThan(24)
  for (const [local, remote] of heard) expect(heard.get(remote)).toBe(local)
})

describe('faults', () => {
  test('a reboot starts time and counters over and moves every ifIndex, but no name', async () => {
    const device = named('gdn-dist-01')
    using session = v2c(device)
    const before = await indexes(device)
    const [up] = await get(session, [sysUpTime])
    expect(Number(up?.value)).toBeGreaterThan(100_000)
    expect((await cli('reboot', device.name, '--seconds', '1')).said).toContain('is rebooting')
    await expect(get(session, [sysUpTime])).rejects.toThrow('timed out')
    await expect.poll(() => get(session, [sysUpTime]).catch(() => []), { timeout: 8000 }).toHaveLength(1)
    expect(Number((await get(session, [sysUpTime]))[0]?.value)).toBeLessThan(1000)
    const after = await indexes(device)
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort())
    for (const [name, index] of after) expect(index, name).not.toBe(before.get(name))
    const [octets] = await get(session, [`${ifHCOutOctets}.${after.get('Ethernet2')}`])
    expect(whole(octets)).toBeLessThan(2n ** 33n)
  })
  test('a device that is down is silent, and its neighbours lose the link and forget it', async () => {
    const [device, neighbour] = [named('krk-acc-02'), named('krk-dist-01')]
    const uplink = (await indexes(neighbour)).get('Ethernet3')
    using session = v2c(neighbour)
    using own = v2c(device)
    const state = async () => Number((await get(session, [`${ifOperStatus}.${uplink}`]))[0]?.value)
    expect(await state()).toBe(1)
    await cli('down', device.name)
    expect(await state()).toBe(2)
    expect((await walk(session, '1.0.8802.1.1.2.1.4.1.1.9')).map(text)).not.toContain(device.name)
    await expect(get(own, [sysName])).rejects.toThrow('timed out')
    const frozen = await get(session, [`${ifHCOutOctets}.${uplink}`])
    expect(await get(session, [`${ifHCOutOctets}.${uplink}`])).toEqual(frozen)
    await cli('up', device.name)
    expect(await state()).toBe(1)
    expect(text((await get(own, [sysName]))[0])).toBe(device.name)
  })
  test('slow and lossy devices are what they are called', async () => {
    const device = named('krk-edge-01')
    using session = v2c(device)
    await cli('slow', device.name, '250')
    const started = performance.now()
    await get(session, [sysName])
    expect(performance.now() - started).toBeGreaterThan(240)
    await cli('slow', device.name, '0')
    await cli('loss', device.name, '1')
    await expect(get(session, [sysName])).rejects.toThrow('timed out')
    expect((await cli('list')).said).toMatch(/krk-edge-01 .*loses 100 %/)
    await cli('up', device.name)
    await get(session, [sysName])
  })
  test('ports go down, flap and fill up', async () => {
    const device = named('krk-acc-01')
    const index = (await indexes(device)).get('sfp-sfpplus1')
    using session = v2c(device)
    const read = async (oid: string) => Number(whole((await get(session, [`${oid}.${index}`]))[0]))
    await cli('port-down', device.name, 'sfp-sfpplus1')
    expect([await read('1.3.6.1.2.1.2.2.1.7'), await read(ifOperStatus)]).toEqual([2, 2])
    await cli('flap', device.name, 'sfp-sfpplus1', '--seconds', '0.1')
    expect(await read('1.3.6.1.2.1.2.2.1.7')).toBe(1)
    await expect.poll(() => read(ifOperStatus)).toBe(1)
    await expect.poll(() => read(ifOperStatus)).toBe(2)
    await cli('port-up', device.name, 'sfp-sfpplus1')
    expect(await read(ifOperStatus)).toBe(1)
    const before = await read(ifHCOutOctets)
    expect((await cli('saturate', device.name, 'sfp-sfpplus1')).said).toContain('saturated')
    // 10 Gbit/s are 1.25 GB a second: far more than this port ever carries by itself in so short a time.
    await expect.poll(() => read(ifHCOutOctets)).toBeGreaterThan(before + 1e8)
    await expect.poll(() => read('1.3.6.1.2.1.2.2.1.19')).toBeGreaterThan(10)
    await cli('port-up', device.name, 'sfp-sfpplus1')
  })
})

test('where only 127.0.0.1 exists, each device has a port of its own', async () => {
  await using shared = await startLab({ devices: 3, port: 16_230, controlPort: 0, sharedAddress: true, log })
  expect(shared.devices.map(({ address, snmpPort }) => `${address}:${snmpPort}`)).toEqual([
    '127.0.0.1:16230',
    '127.0.0.1:16231',
    '127.0.0.1:16232',
  ])
  expect(shared.capabilities).toMatchObject({ icmpDown: false, icmpLoss: false })
  for (const device of shared.devices) {
    using session = v2c(device)
    expect(text((await get(session, [sysName]))[0])).toBe(device.name)
  }
  const url = `${shared.controlUrl}/devices/${shared.devices[0]?.name}`
  const post = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const down = await (await fetch(`${url}/down`, post)).json()
  expect(down).toMatchObject({ notes: [expect.stringContaining('ICMP echo of 127.0.0.1 is still answered')] })
  expect(await (await fetch(`${url}/reboot`, post)).json()).toEqual({
    error: expect.stringContaining('is down; bring it up instead'),
  })
})

test('more devices than ports are refused', async () => {
  const options = { devices: 100, port: 65_500, controlPort: 0, sharedAddress: true, log }
  await expect(startLab(options)).rejects.toThrow('do not fit below 65,536')
})
