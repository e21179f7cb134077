import { subscribe } from 'node:diagnostics_channel'
import dns from 'node:dns'
import type { Socket } from 'node:net'
import { expect, test, vi } from 'vitest'

import { startTestGateway } from '../tests/kit/gateway.js'
import { smallGraph } from '../tests/kit/small-graph.js'

test('talks to nobody but its own parts', async () => {
  const peers: (string | undefined)[] = []
  subscribe('net.client.socket', (message) => {
    const { socket } = message as { socket: Socket }
    socket.once('connect', () => peers.push(socket.remoteAddress))
    socket.once('lookup', (_error, address, _family, host) => peers.push(`${host} ${address}`))
  })
  const lookup = vi.spyOn(dns, 'lookup')
  const timers = vi.spyOn(globalThis, 'setInterval')
  await using gateway = await startTestGateway(smallGraph())
  const token = await gateway.token()
  const { body } = await gateway.ask('{ down(ids: ["1"]) { name } }', { token })
  expect(body.data).toEqual({ down: [{ name: 'name of 1' }] })
  // The usage report would be due each hour: whoever set such a timer meant to phone home.
  expect(timers.mock.calls.filter(([, ms]) => (ms ?? 0) >= 60_000)).toEqual([])
  expect(peers.length).toBeGreaterThan(0)
  const foreign = (address: string | undefined) => !/^(localhost|127\.|::1|::ffff:127\.)/.test(address ?? '')
  expect(peers.filter(foreign)).toEqual([])
  expect(lookup.mock.calls.map(([host]) => host).filter(foreign)).toEqual([])
})
