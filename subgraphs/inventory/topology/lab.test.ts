import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { cable, cableOf, type Linked, startLabNetwork } from '#tests/kit/lab-network.js'

/**
 * A drawn network, read by the real collector from real agents: the links worked out must be its cables, every one and no
 * other, with what real networks have: switches that nobody manages, neighbours that speak CDP alone, that are only
 * pinged, or that nobody watches.
 */
const dumb = 'waw-acc-02'
const cdpOnly = ['krk-acc-01', 'krk-edge-01']
const unwatched = 'waw-srv-01'
let network: Awaited<ReturnType<typeof startLabNetwork>>
let links: Linked[]

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
          ...(cdpOnly.includes(device.name) && { lldp: null, cdp: true }),
        },
      })),
    }),
    watched: ({ name }) =>
      name === dumb || name === unwatched ? 'NOT' : isPinged(name) ? 'PING' : 'SNMP',
  })
  expect(await network.poll()).toBeGreaterThan(40)
}, 120_000)
afterAll(() => network?.[Symbol.asyncDispose]())

/** The cables as they are plugged in, as they can be known: the port of what is only pinged is not. */
const cables = () =>
  network.lab.cables
    .filter(({ a, b }) => [a, b].every(({ device }) => device !== dumb))
    .map(({ a, b }) => {
      const [from, to] = [a, b].map(({ device, port }) =>
        device === unwatched ? `(${device})` : isPinged(device) && !isHeard(device) ? device : `${device} ${port}`,
      )
      return cable(from ?? '', to ?? '')
    })
/** Only pinged, but its neighbour hears by LLDP which port it is. */
const isHeard = (_name: string) => false

function missingAndExtra(found: readonly Linked[]): [string[], string[]] {
  const real = new Set(cables())
  const direct = found.filter(({ isShared }) => !isShared).map(cableOf)
  return [[...real].filter((one) => !direct.includes(one)), direct.filter((one) => !real.has(one))]
}

describe('the links of a network', () => {
  test('are its cables, every one and no other', async () => {
    const compared = async () => {
      links = await network.links()
      return missingAndExtra(links)
    }
    await expect.poll(compared, { timeout: 60_000 }).toEqual([[], []])
  }, 90_000)
})
