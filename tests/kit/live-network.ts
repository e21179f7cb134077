import { afterAll, beforeAll, expect, test } from 'vitest'

import { type Graph, openGraph } from './graph.js'
import { labControl } from './lab.js'
import { type Product, startProduct } from './product.js'

interface Device {
  id: string
  name: string
  state: { reachability: string; reason: string }
}

/**
 * The whole spine on real protocols, of a product that is started with `args`: agents answer SNMP and ICMP, collectors
 * poll, a subscription pushes.
 */
export function provesLiveNetwork(args: readonly string[]): void {
  let product: Product
  let graph: Graph
  beforeAll(async () => {
    product = await startProduct({ args })
    graph = await openGraph(product.url, product.admin)
  }, 120_000)
  afterAll(async () => {
    await graph[Symbol.asyncDispose]()
    await product[Symbol.asyncDispose]()
  })

  const devices = async () =>
    (
      await graph.ask<{ devices: { nodes: Device[] } }>(
        '{ devices(first: 100) { nodes { id name state { reachability reason } } } }',
      )
    ).devices.nodes

  test('finds all 24 devices up, with their facts and interfaces', async () => {
    await expect
      .poll(async () => (await devices()).filter(({ state }) => state.reachability === 'UP').length, {
        timeout: 60_000,
        interval: 500,
      })
      .toBe(24)
    // Some are only pinged, and say nothing of themselves.
    const { lab } = labControl(product)
    const asked = lab.devices.filter(({ pingOnly }) => !(pingOnly && lab.capabilities.icmpDown)).length
    const query =
      '{ devices(first: 100) { nodes { name vendor site { name } interfaces { totalCount nodes { name speedBps } } } } }'
    type Facts = {
      devices: {
        nodes: {
          name: string
          vendor: string | null
          site: { name: string }
          interfaces: { totalCount: number }
        }[]
      }
    }
    await expect
      .poll(
        async () =>
          (await graph.ask<Facts>(query)).devices.nodes.filter(
            ({ vendor, interfaces }) => vendor && interfaces.totalCount > 0,
          ).length,
        { timeout: 60_000, interval: 500 },
      )
      .toBe(asked)
    const { nodes } = (await graph.ask<Facts>(query)).devices
    expect(new Set(nodes.map(({ vendor }) => vendor)).size).toBeGreaterThanOrEqual(4)
    expect(new Set(nodes.map(({ site }) => site.name)).size).toBe(3)
  })

  test('a device that dies is DOWN at a subscriber, with fields of two subgraphs, its alert opens, and both recover', async () => {
    const victim = (await devices())[3]
    if (!victim) throw new Error('no device')
    const lab = labControl(product)
    interface Event {
      deviceStateChanged: {
        type: string
        state: {
          reachability: string
          device: { name: string; site: { name: string }; interfaces: { nodes: { name: string }[] } }
        } | null
      }
    }
    const stream = graph.listen<Event>(
      `subscription ($filter: DeviceStateFilter) { deviceStateChanged(filter: $filter) { type state { reachability device { name site { name } interfaces { nodes { name } } } } } }`,
      { filter: { deviceIds: [victim.id] } },
    )
    const until = async (reachability: string) => {
      for (;;) {
        const { value, done } = await stream.next()
        if (done) throw new Error('the stream ended')
        const { state } = value.deviceStateChanged
        if (state?.reachability !== reachability) continue
        expect(state.device.name).toBe(victim.name)
        expect(state.device.site.name).toBeTruthy()
        expect(state.device.interfaces.nodes.length).toBeGreaterThan(0)
        return
      }
    }
    const firing = async () =>
      (
        await graph.ask<{ alerts: { nodes: { state: string; rule: { name: string } }[] } }>(
          'query ($filter: AlertFilter) { alerts(filter: $filter) { nodes { state rule { name } } } }',
          { filter: { deviceIds: [victim.id], states: ['FIRING'] } },
        )
      ).alerts.nodes.map(({ rule }) => rule.name)

    await until('UP')
    await lab.act(victim.name, 'down')
    await until('DOWN')
    await expect.poll(firing, { timeout: 60_000, interval: 500 }).toContain('Device down')
    await lab.act(victim.name, 'up')
    await until('UP')
    await expect.poll(firing, { timeout: 60_000, interval: 500 }).not.toContain('Device down')
    await stream.return(undefined)
  }, 180_000)

  test('a reboot that resets counters and shuffles every ifIndex keeps every series apart and below line rate', async () => {
    const rebooted = (await devices())[0]
    if (!rebooted) throw new Error('no device')
    type Ports = {
      device: {
        interfaces: {
          nodes: {
            id: string
            name: string
            ifIndex: number
            speedBps: string | null
            series: { metric: string; points: { value: number | null }[] }[]
          }[]
        }
      }
    }
    const ports = async () =>
      (
        await graph.ask<Ports>(
          `query ($id: ID!) { device(id: $id) { interfaces(first: 200) { nodes { id name ifIndex speedBps
           series(metrics: ["if.in.bps", "if.out.bps"], range: { last: "15m" }, step: 15, aggregate: [MAX]) { metric points { value } } } } } }`,
          { id: rebooted.id },
        )
      ).device.interfaces.nodes
    const filled = (nodes: Awaited<ReturnType<typeof ports>>) =>
      nodes.filter(({ series }) => series.some(({ points }) => points.some(({ value }) => value !== null)))
    await expect
      .poll(async () => filled(await ports()).length, { timeout: 60_000, interval: 1000 })
      .toBeGreaterThan(0)
    const before = await ports()
    await labControl(product).act(rebooted.name, 'reboot', { seconds: 2 })
    const shuffled = async () => {
      const now = new Map((await ports()).map(({ name, ifIndex }) => [name, ifIndex]))
      return before.some(({ name, ifIndex }) => now.get(name) !== ifIndex)
    }
    await expect.poll(shuffled, { timeout: 60_000, interval: 1000 }).toBe(true)
    const after = await ports()
    expect(new Map(after.map(({ name, id }) => [name, id]))).toEqual(
      new Map(before.map(({ name, id }) => [name, id])),
    )
    for (const { name, speedBps, series } of after) {
      for (const { points } of series) {
        for (const { value } of points) expect(value ?? 0, name).toBeLessThanOrEqual(Number(speedBps) * 1.05)
      }
    }
  }, 180_000)
}
