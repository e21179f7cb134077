import { afterAll, beforeAll, expect, test } from 'vitest'

import type { LabPlug } from '#deploy/lab/description.js'
import { cable, cableOf, type Linked, startLabNetwork } from '#tests/kit/lab-network.js'

/**
 * A drawn network, read by the real collector from real agents: the links worked out must be its cables, every one and no
 * other, with what real networks have: switches that nobody manages, neighbours that speak CDP alone, that are only
 * pinged, or that nobody watches.
 */
const dumb = 'waw-acc-02'
const cdpOnly = 'krk-ap-01'
const alsoCdp = 'krk-acc-01'
const unwatched = 'waw-srv-01'
let network: Awaited<ReturnType<typeof startLabNetwork>>
let links: Linked[]

/** A few devices alone are plugged into it. */
const withoutDesk = <Port extends { alias: string; connected: boolean }>(port: Port): Port =>
  port.alias.startsWith('to ') ? port : { ...port, connected: false }
const isPinged = (name: string) => /-(prn|ups)-|waw-ap-01/.test(name)

beforeAll(async () => {
  network = await startLabNetwork({
    devices: 60,
    port: 16_231,
    network: '127.231',
    alter: (drawn) => ({
      ...drawn,
      devices: drawn.devices.map((device) => ({
        ...device,
        product: {
          ...device.product,
          ...(device.name === dumb && { lldp: null, cdp: false }),
          ...(device.name === cdpOnly && { lldp: null, cdp: true }),
          ...(device.name === alsoCdp && { cdp: true }),
        },
        ...(device.name === dumb && { ports: device.ports.map(withoutDesk) }),
      })),
    }),
    watched: ({ name }) => (name === dumb || name === unwatched ? 'NOT' : isPinged(name) ? 'PING' : 'SNMP'),
  })
  expect(await network.poll()).toBeGreaterThan(40)
}, 120_000)
afterAll(() => network?.[Symbol.asyncDispose]())

/** A device that is only pinged tells nobody its ports. */
const endOf = ({ device, port }: LabPlug): string =>
  device === unwatched ? `(${device})` : isPinged(device) ? device : `${device} ${port}`

/** Cables in which the switch that is not managed has no part: it is not there for anybody. */
const cables = (moved = new Map<string, LabPlug>()): string[] =>
  network.lab.cables
    .map(({ a, b }) => ({ a: moved.get(keyOf(a)) ?? a, b: moved.get(keyOf(b)) ?? b }))
    .filter(({ a, b }) => a.device !== dumb && b.device !== dumb)
    .map(({ a, b }) => cable(endOf(a), endOf(b)))
const keyOf = ({ device, port }: LabPlug): string => `${device} ${port}`

function missingAndExtra(real: readonly string[], found: readonly Linked[]): [string[], string[]] {
  const direct = found.filter(({ isShared }) => !isShared).map(cableOf)
  return [real.filter((one) => !direct.includes(one)), direct.filter((one) => !real.includes(one))]
}

const linkOf = (name: string, other: string): Linked => {
  const found = links.find((link) => {
    const ends = [link.from, link.to].map(({ device, stranger }) => device?.name ?? stranger?.name)
    return ends.includes(name) && ends.includes(other)
  })
  if (!found) throw new Error(`no link between ${name} and ${other}`)
  return found
}
/** What is plugged into a device, by the plan. */
const pluggedInto = (name: string): string[] =>
  network.lab.cables.flatMap(({ a, b }) =>
    a.device === name ? [b.device] : b.device === name ? [a.device] : [],
  )

test('are the cables of the network, every one and no other', async () => {
  const compared = async () => {
    links = await network.links()
    return missingAndExtra(cables(), links)
  }
  await expect.poll(compared, { timeout: 60_000 }).toEqual([[], []])
}, 90_000)

test('say how they are known, and how sure they are', () => {
  expect(linkOf('waw-dist-01', 'waw-acc-01')).toMatchObject({ confidence: 1, isCurrent: true })
  expect(linkOf('waw-dist-01', 'waw-acc-01').evidence).toContain('LLDP')
  expect(linkOf(cdpOnly, alsoCdp)).toMatchObject({ evidence: ['CDP'], confidence: 0.95 })
  // Only its switch says so: itself it is pinged, or not even that.
  const [above = ''] = pluggedInto('waw-ap-01')
  expect(linkOf('waw-ap-01', above)).toMatchObject({ evidence: ['LLDP'], confidence: 0.8 })
  const [switchOfServer = ''] = pluggedInto(unwatched)
  expect(linkOf(unwatched, switchOfServer)).toMatchObject({ evidence: ['LLDP'], confidence: 0.8 })
  const printer = network.lab.devices.find(({ name }) => name.includes('-prn-'))?.name ?? ''
  const [switchOfPrinter = ''] = pluggedInto(printer)
  expect(linkOf(printer, switchOfPrinter)).toMatchObject({ evidence: ['ARP', 'FDB'], confidence: 0.7 })
})

test('to what stands behind a switch that nobody manages are shared, and lead to the port it is plugged into', () => {
  const behind = pluggedInto(dumb).filter((name) => !/-dist-/.test(name))
  const uplinks = network.lab.cables.flatMap(({ a, b }) =>
    a.device === dumb ? [endOf(b)] : b.device === dumb ? [endOf(a)] : [],
  )
  expect(behind.length).toBeGreaterThan(0)
  for (const name of behind) {
    const its = links.filter(({ from, to }) => [from.device?.name, to.device?.name].includes(name))
    expect(its, name).toMatchObject([{ isShared: true }])
    expect(its[0]?.confidence).toBeLessThan(0.5)
    expect(
      uplinks.some((uplink) => its[0] && cableOf(its[0]).includes(uplink)),
      name,
    ).toBe(true)
  }
})

test('a cable that is moved is one link, in its new place', async () => {
  const moving = 'krk-ap-02'
  const now = network.lab.cables.find(({ a, b }) => a.device === moving || b.device === moving)
  if (!now) throw new Error('nothing to move')
  const [own, old] = now.a.device === moving ? [now.a, now.b] : [now.b, now.a]
  const target = { device: 'krk-acc-01', port: 'ether20' }
  await network.plug(own, target)
  await network.poll([own.device, old.device, target.device])
  const compared = async () => missingAndExtra(cables(new Map([[keyOf(old), target]])), await network.links())
  await expect.poll(compared, { timeout: 30_000 }).toEqual([[], []])
}, 60_000)

test('lead to parents: whoever is on every shortest way to the root, also two of them', async () => {
  const ask = async () => {
    const { data } = await network.room.run(
      '{ devices(first: 200) { nodes { name parentSource parents { name } } } }',
    )
    const nodes = data.devices.nodes as { name: string; parentSource: string; parents: { name: string }[] }[]
    return new Map(nodes.map(({ name, parents }) => [name, parents.map((one) => one.name).sort()]))
  }
  await expect
    .poll(async () => (await ask()).get('waw-acc-01'), { timeout: 30_000 })
    .toEqual(['waw-dist-01', 'waw-dist-02'])
  // Of what was moved a moment ago, too.
  await expect.poll(async () => (await ask()).get('krk-ap-02'), { timeout: 30_000 }).toEqual(['krk-acc-01'])
  const parents = await ask()
  const roots = [...parents].filter(([, above]) => above.length === 0).map(([name]) => name)
  expect(roots.filter((name) => name.includes('-core-'))).toHaveLength(1)
  const { rows } = await network.room.sql.query(
    'SELECT computed_parent_ids AS ids FROM device WHERE name = $1',
    ['krk-ap-02'],
  )
  expect(rows[0].ids).toEqual([network.ids.get('krk-acc-01')])
}, 60_000)
