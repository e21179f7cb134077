import { describe, expect, test } from 'vitest'

import type { Network } from './network.js'
import { siteSizes } from './population.js'
import { standardOffsetSeconds } from './sites.js'
import { drawNetwork } from './topology.js'
import { catalogue } from './vendors/catalogue.js'

const small = drawNetwork({ seed: 1, count: 24 })

/** Devices that cables connect to the first one. */
function reached({ devices, links }: Network): number {
  const next = new Map<number, number[]>()
  for (const { a, b } of links) {
    next.set(a.device, [...(next.get(a.device) ?? []), b.device])
    next.set(b.device, [...(next.get(b.device) ?? []), a.device])
  }
  const seen = new Set([0])
  for (const device of seen) for (const other of next.get(device) ?? []) seen.add(other)
  return Math.min(seen.size, devices.length)
}

test('the same seed draws the same network, another seed another one', () => {
  expect(drawNetwork({ seed: 1, count: 24 })).toEqual(small)
  expect(drawNetwork({ seed: 2, count: 24 })).not.toEqual(small)
})

test('by default there are 24 devices of every layer in three sites, of five vendors and all SNMP versions', () => {
  expect(small.sites.map(({ name }) => name)).toEqual(['Warsaw', 'Kraków', 'Gdańsk'])
  expect(small.devices).toHaveLength(24)
  const roles = new Set(small.devices.map(({ role }) => role))
  for (const role of ['core', 'edge', 'firewall', 'distribution', 'access', 'server', 'wireless'] as const)
    expect(roles).toContain(role)
  expect(new Set(small.devices.map(({ product }) => product.vendor)).size).toBeGreaterThanOrEqual(5)
  const versions = small.devices.map(({ snmpVersion }) => snmpVersion)
  expect(new Set(versions)).toEqual(new Set(['V1', 'V2C', 'V3']))
  expect(versions.filter((version) => version === 'V2C').length).toBeGreaterThan(12)
})

describe.each([1, 2, 3, 5, 7, 8, 12, 24, 36, 100, 1000])('a network of %i devices', (count) => {
  const network = drawNetwork({ seed: 3, count })
  test('has that many, all connected', () => {
    expect(network.devices).toHaveLength(count)
    expect(siteSizes(count).reduce((sum, size) => sum + size, 0)).toBe(count)
    expect(reached(network)).toBe(count)
  })
  test('has unique names, serial numbers and MAC addresses', () => {
    const unique = (values: readonly string[]) => expect(new Set(values).size).toBe(values.length)
    unique(network.devices.map(({ name }) => name))
    unique(network.sites.map(({ name }) => name))
    unique(network.devices.map(({ serial, product }) => `${product.vendor} ${serial}`))
    unique(network.devices.flatMap(({ ports }) => ports.map(({ mac }) => mac)).filter((mac) => mac !== ''))
  })
  test('plugs one cable into a port, says so at both ends, and overloads none', () => {
    const used = new Set<string>()
    for (const { a, b, aToBBps, bToABps } of network.links) {
      const [portA, portB] = [a, b].map(({ device, port }) => network.devices[device]?.ports[port])
      const [nameA, nameB] = [a, b].map(({ device }) => network.devices[device]?.name)
      for (const { device, port } of [a, b]) {
        expect(used).not.toContain(`${device}/${port}`)
        used.add(`${device}/${port}`)
      }
      expect(portA?.alias).toContain(`to ${nameB} ${portB?.name}`)
      expect(portB?.alias).toContain(`to ${nameA} ${portA?.name}`)
      expect(portA?.speedMbps).toBe(portB?.speedMbps)
      expect(Math.max(aToBBps, bToABps)).toBeLessThanOrEqual((portA?.speedMbps ?? 0) * 3e5)
    }
  })
})

test('an uplink carries about what lies below it', () => {
  const access = small.devices.findIndex(({ role }) => role === 'access')
  const below =
    (small.devices[access]?.ports ?? [])
      .filter(({ alias }) => !alias.startsWith('to '))
      .reduce((sum, { outBps, use }) => sum + (use === 'access' ? outBps : 0), 0) +
    small.links.filter(({ a }) => a.device === access).reduce((sum, { aToBBps }) => sum + aToBBps, 0)
  const up = small.links.filter(({ b }) => b.device === access).reduce((sum, { aToBBps }) => sum + aToBBps, 0)
  expect(below).toBeGreaterThan(1e6)
  expect(up / below).toBeGreaterThan(0.5)
  expect(up / below).toBeLessThan(1.5)
})

test.each([0, -1, 1.5, 5001, Number.NaN])('refuses to draw %d devices', (count) => {
  expect(() => drawNetwork({ seed: 1, count })).toThrow(RangeError)
})

test('every product answers an object id of its own vendor and numbers within what SNMP can carry', () => {
  for (const product of catalogue) {
    expect(product.sysObjectId, product.model).toMatch(/^1\.3\.6\.1\.4\.1(\.\d+){2,}$/)
    expect(product.messageBytesMax).toBeGreaterThanOrEqual(484)
    expect(new Set(product.ports.flatMap(({ name, first }) => `${name}${first}`)).size).toBe(
      product.ports.length,
    )
  }
})

test('standard time is known for every time zone, without daylight saving', () => {
  expect(standardOffsetSeconds('Europe/Warsaw')).toBe(3600)
  expect(standardOffsetSeconds('America/New_York')).toBe(-5 * 3600)
  expect(standardOffsetSeconds('Australia/Sydney')).toBe(10 * 3600)
  expect(standardOffsetSeconds('UTC')).toBe(0)
})
