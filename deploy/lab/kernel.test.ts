import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'

import { createLog } from '#core/service/log.js'

import { type KernelFaults, openKernelFaults } from './kernel.js'

const log = createLog('test', 'silent')
const network = '127.217'
const address = `${network}.3.4`
/** Share of echo requests that were answered; ping ends with 1 when none was. */
const answered = (count: number, whom = address): number => {
  const { stdout } = spawnSync('ping', ['-q', '-c', String(count), '-i', '0.002', '-W', '1', whom], {
    encoding: 'utf8',
  })
  return Number(/(\d+) received/.exec(stdout)?.[1] ?? 0) / count
}
const here: KernelFaults = await openKernelFaults({ network, log })
const { icmpDown, icmpLoss } = here.capabilities
await here[Symbol.asyncDispose]()
const hasPing = spawnSync('ping', ['-V']).status === 0

// Needs root and nft or iproute2: elsewhere the lab itself says that ICMP goes on, which the next test holds.
describe.runIf(icmpDown && hasPing)('where the kernel can be told', () => {
  test('a device that is down answers no echo until it is up again', async () => {
    await using faults = await openKernelFaults({ network, log })
    expect(answered(2)).toBe(1)
    await faults.setDown(address, true)
    expect(answered(2)).toBe(0)
    await faults.setDown(address, false)
    expect(answered(2)).toBe(1)
    await faults.setDown(address, true)
  })
  test('the end of the lab, or the start of the next, undoes what was left', async () => {
    expect(answered(2)).toBe(1)
    const killed = await openKernelFaults({ network, log })
    await killed.setDown(address, true)
    await using _next = await openKernelFaults({ network, log })
    expect(answered(2)).toBe(1)
  })
  test.runIf(icmpLoss)('a lossy device loses about its share', async () => {
    await using faults = await openKernelFaults({ network, log })
    await faults.setLoss(address, 0.5)
    expect(answered(100)).toBeGreaterThan(0.2)
    expect(answered(100)).toBeLessThan(0.8)
    await faults.setLoss(address, 0)
    expect(answered(20)).toBe(1)
  })
  test.runIf(icmpLoss)('an address without a device is silent', async () => {
    await using faults = await openKernelFaults({ network, devices: [address], log })
    expect(faults.capabilities).toMatchObject({ icmpLoss: true })
    expect([answered(1), answered(1, `${network}.3.5`)]).toEqual([1, 0])
  })
  test('no rule is ever made for an address of somebody else', async () => {
    await using faults = await openKernelFaults({ network, log })
    await expect(faults.setDown('127.0.0.1', true)).rejects.toThrow('not an address of this lab')
    await expect(faults.setLoss('10.0.0.1', 0.5)).rejects.toThrow('not an address of this lab')
  })
})

describe.runIf(icmpDown && hasPing)('with routes, where there is no nft', () => {
  const tools = ['ip'] as const
  test('a device that is down answers no echo; loss is said to be impossible', async () => {
    await using faults = await openKernelFaults({ network, tools, log })
    expect(faults.capabilities).toMatchObject({ icmpDown: true, icmpLoss: false })
    await faults.setLoss(address, 1)
    expect(answered(2)).toBe(1)
    await faults.setDown(address, true)
    await faults.setDown(address, true)
    expect(answered(2)).toBe(0)
    await faults.setDown(address, false)
    expect(answered(2)).toBe(1)
    await faults.setDown(address, true)
    await expect(faults.setDown('127.0.0.1', true)).rejects.toThrow('not an address of this lab')
  })
  test('a killed lab leaves nothing to the next', async () => {
    const killed = await openKernelFaults({ network, tools, log })
    await killed.setDown(address, true)
    await using _next = await openKernelFaults({ network, log })
    expect(answered(2)).toBe(1)
  })
  test('without any tool that is said', async () => {
    await using faults = await openKernelFaults({ network, tools: [], log })
    expect(faults.capabilities.reason).toContain('neither nft nor ip route works here')
  })
})

test('where it cannot, that is said', async () => {
  await using faults = await openKernelFaults({ network: undefined, log })
  expect(faults.capabilities).toEqual({
    icmpDown: false,
    icmpLoss: false,
    reason: expect.stringContaining('share 127.0.0.1'),
  })
  await faults.setDown(address, true)
  await faults.setLoss(address, 1)
})
