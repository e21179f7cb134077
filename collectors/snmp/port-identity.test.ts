import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { InterfaceFacts } from '#core/contract/devices.js'
import type { KnownPort } from '#core/contract/interface-identity.js'
import { interfaceId } from '#core/service/interface-id.js'

import { recognise } from './port-identity.js'
import { portKeys } from './ports.js'

const deviceId = '0c6cbb2e-52f1-4c0c-9f0e-2f3f5a3f9d11'

interface Port {
  ifIndex: number
  name?: string
  descr?: string
  alias?: string
  mac?: string | null
  type?: number
}

/** Ports as `description.ts` tells them, before they are recognised. */
function described(ports: readonly Port[]): InterfaceFacts[] {
  const keys = portKeys(
    ports.map(({ ifIndex, name = '', descr = '' }) => ({ index: String(ifIndex), name, descr })),
  )
  return ports.map(({ ifIndex, name, descr, alias, mac, type }) => {
    const key = keys.get(String(ifIndex)) ?? ''
    return {
      id: interfaceId(deviceId, key),
      key,
      ifIndex,
      name: name || descr || String(ifIndex),
      description: descr || null,
      alias: alias || null,
      mac: mac ?? null,
      type: type ?? 6,
      speedBps: null,
      mtu: null,
      adminUp: true,
    }
  })
}

/** Recognises one report after another; gives the ids of the last by ifIndex. */
function idsAfter(...reports: (readonly Port[])[]): Record<number, string> {
  let known: KnownPort[] = []
  let ids: Record<number, string> = {}
  for (const [n, report] of reports.entries()) {
    const ports = described(report)
    const found = recognise(deviceId, ports, known, n * 600_000)
    known = found.known
    ids = Object.fromEntries(ports.map(({ ifIndex, key }) => [ifIndex, found.ids.get(key) ?? '']))
  }
  return ids
}
const idOf = (key: string) => interfaceId(deviceId, key)
const mac = (n: number) =>
  `02:00:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`

describe('a port keeps its id', () => {
  test('when its ifIndex changes', () => {
    const ids = idsAfter(
      [
        { ifIndex: 1, name: 'A' },
        { ifIndex: 2, name: 'B' },
      ],
      [
        { ifIndex: 2, name: 'A' },
        { ifIndex: 1, name: 'B' },
      ],
    )
    expect(ids).toEqual({ 2: idOf('A'), 1: idOf('B') })
  })
  test('when it is renamed: its MAC tells', () => {
    expect(
      idsAfter([{ ifIndex: 1, name: 'Gi0/1', mac: mac(1) }], [{ ifIndex: 9, name: 'Gi1/0/1', mac: mac(1) }]),
    ).toEqual({ 9: idOf('Gi0/1') })
  })
  test('when it is renamed and has no MAC: its alias tells', () => {
    expect(
      idsAfter(
        [{ ifIndex: 1, name: 'Tu1', alias: 'to Gdansk' }],
        [{ ifIndex: 1, name: 'Tunnel1', alias: 'to Gdansk' }],
      ),
    ).toEqual({ 1: idOf('Tu1') })
  })
  test('when two exchange their names, where alias and MAC both say so', () => {
    const ids = idsAfter(
      [
        { ifIndex: 1, name: 'A', alias: 'x', mac: mac(1) },
        { ifIndex: 2, name: 'B', alias: 'y', mac: mac(2) },
      ],
      [
        { ifIndex: 1, name: 'B', alias: 'x', mac: mac(1) },
        { ifIndex: 2, name: 'A', alias: 'y', mac: mac(2) },
      ],
    )
    expect(ids).toEqual({ 1: idOf('A'), 2: idOf('B') })
  })
  test('when its hardware is replaced under the same name', () => {
    expect(
      idsAfter([{ ifIndex: 1, name: 'A', mac: mac(1) }], [{ ifIndex: 1, name: 'A', mac: mac(7) }]),
    ).toEqual({
      1: idOf('A'),
    })
  })
  test('when it was away and comes back renamed', () => {
    const other = { ifIndex: 2, name: 'B', mac: mac(2) }
    expect(
      idsAfter(
        [{ ifIndex: 1, name: 'A', mac: mac(1) }, other],
        [other],
        [{ ifIndex: 5, name: 'A1', mac: mac(1) }, other],
      ),
    ).toEqual({ 5: idOf('A'), 2: idOf('B') })
  })
})

describe('a port gets an id of its own', () => {
  test('where only its ifIndex was another port before', () => {
    expect(
      idsAfter([{ ifIndex: 1, name: 'A', mac: mac(1) }], [{ ifIndex: 1, name: 'B', mac: mac(2) }]),
    ).toEqual({
      1: idOf('B'),
    })
  })
  test('where its name was that of a port since renamed', () => {
    const ids = idsAfter(
      [{ ifIndex: 1, name: 'A', mac: mac(1) }],
      [{ ifIndex: 1, name: 'B', mac: mac(1) }],
      [
        { ifIndex: 1, name: 'B', mac: mac(1) },
        { ifIndex: 2, name: 'A', mac: mac(2) },
      ],
    )
    expect(ids[1]).toBe(idOf('A'))
    expect(ids[2]).not.toBe(idOf('A'))
  })
  test('where a MAC or an alias is shared by several', () => {
    const ids = idsAfter(
      [
        { ifIndex: 1, name: 'Po1', mac: mac(1), alias: 'free' },
        { ifIndex: 2, name: 'Gi1', mac: mac(1), alias: 'free' },
      ],
      [{ ifIndex: 3, name: 'Gi2', mac: mac(1), alias: 'free' }],
    )
    expect(ids[3]).toBe(idOf('Gi2'))
  })
  test('where the alias moved to other hardware', () => {
    expect(
      idsAfter(
        [{ ifIndex: 1, name: 'A', alias: 'uplink', mac: mac(1) }],
        [{ ifIndex: 5, name: 'B', alias: 'uplink', mac: mac(5) }],
      ),
    ).toEqual({ 5: idOf('B') })
  })
})

/** A piece of hardware that lives through a history. */
interface Hardware {
  serial: number
  name: string
  alias: string
  hasMac: boolean
}

/** What may happen to a device. */
const happening = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('shuffle' as const), seed: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('rename' as const), which: fc.nat() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('swap' as const), which: fc.nat(), seed: fc.nat() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('add' as const), seed: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), which: fc.nat() }) },
)
type Happening = typeof happening extends fc.Arbitrary<infer Event> ? Event : never

const history = fc.record({
  ports: fc.array(fc.record({ hasMac: fc.boolean(), alias: fc.boolean() }), { minLength: 1, maxLength: 8 }),
  /** What happens between one report and the next. */
  happenings: fc.array(fc.array(happening, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
})

test('in 10,000 histories every port keeps its id and no two are ever joined', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(history, ({ ports, happenings }) => {
      let serial = 0
      const make = (more: { hasMac: boolean; alias: boolean }): Hardware => {
        serial++
        return {
          serial,
          name: `eth${serial}`,
          alias: more.alias ? `port of ${serial}` : '',
          hasMac: more.hasMac,
        }
      }
      let hardware = ports.map(make)
      let shift = 0
      let renames = 0
      let known: KnownPort[] = []
      const idOfSerial = new Map<number, string>()
      const report = (n: number) => {
        const facts = described(
          hardware.map((port, place) => ({
            ifIndex: ((place + shift) % hardware.length) + 1,
            name: port.name,
            alias: port.alias,
            mac: port.hasMac ? mac(port.serial) : null,
          })),
        )
        const found = recognise(deviceId, facts, known, n * 600_000)
        known = found.known
        // Plain comparisons: hundreds of thousands of matchers would take most of the time.
        if (new Set(found.ids.values()).size !== hardware.length) throw new Error('two ports have one id')
        for (const [place, { serial: of }] of hardware.entries()) {
          const id = found.ids.get(facts[place]?.key ?? '')
          if ((idOfSerial.get(of) ?? id) !== id) throw new Error(`port ${of} lost its id`)
          idOfSerial.set(of, id ?? '')
        }
        if (new Set(idOfSerial.values()).size !== idOfSerial.size) throw new Error('two ports were joined')
      }
      report(0)
      // Nobody could tell a new port under the name of another from new hardware in its place.
      const canSwap = ({ hasMac, alias, serial: of }: Hardware) => hasMac && alias && idOfSerial.has(of)
      const happen = (event: Happening) => {
        const [a, b] = ['which' in event ? event.which : 0, 'seed' in event ? event.seed : 0].map(
          (place) => hardware[place % hardware.length],
        )
        if (event.kind === 'shuffle') shift = event.seed
        else if (event.kind === 'add')
          hardware = [...hardware, make({ hasMac: event.seed % 2 === 0, alias: true })]
        else if (event.kind === 'remove' && hardware.length > 1)
          hardware = hardware.filter((port) => port !== a)
        // Nobody could tell a port that has neither MAC nor alias from a new one.
        else if (event.kind === 'rename' && a && (a.hasMac || a.alias)) a.name = `renamed${++renames}`
        else if (event.kind === 'swap' && a && b && [a, b].every(canSwap)) [a.name, b.name] = [b.name, a.name]
      }
      for (const [n, events] of happenings.entries()) {
        for (const event of events) happen(event)
        report(n + 1)
      }
    }),
    { numRuns: 10_000 },
  )
})
