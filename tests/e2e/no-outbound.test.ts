import { execFileSync, spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

import { type Product, startProduct } from '#tests/kit/product.js'

/**
 * A network namespace whose every way out leads back into itself, past a rule that writes down who wanted to leave:
 * packets to anywhere but loopback, by address and protocol.
 */
const trap = `set -e
ip link set lo up
ip route add default dev lo
ip -6 route add default dev lo 2>/dev/null || true
nft add table inet trap
nft 'add set inet trap left4 { typeof ip daddr . meta l4proto; }'
nft 'add set inet trap left6 { typeof ip6 daddr . meta l4proto; }'
nft 'add chain inet trap out { type filter hook output priority 0; }'
nft 'add rule inet trap out ip daddr != 127.0.0.0/8 add @left4 { ip daddr . meta l4proto } drop'
nft 'add rule inet trap out ip6 daddr != ::1 ip6 daddr != ff00::/8 add @left6 { ip6 daddr . meta l4proto } drop'
exec "$@"`
const within = ['unshare', '--net', 'sh', '-c', trap, 'sh']
const possible = spawnSync('unshare', ['--net', 'sh', '-c', trap, 'sh', 'true']).status === 0

function inside(product: Product, ...command: string[]): string {
  const own = [`--net=/proc/${product.supervisor.pid}/ns/net`, '--', ...command]
  return execFileSync('nsenter', own, { encoding: 'utf8' })
}

function left(product: Product): unknown[] {
  const { nftables } = JSON.parse(inside(product, 'nft', '-j', 'list', 'table', 'inet', 'trap')) as {
    nftables: { set?: { elem?: unknown[] } }[]
  }
  return nftables.flatMap(({ set }) => set?.elem ?? [])
}

/** A minute of what a user does: sign in, ask, and listen. */
const work = ({ url, admin }: Product) => `
const ask = async (query, variables, token) => {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: 'Bearer ' + token }) }
  const body = JSON.stringify({ query, variables })
  return (await (await fetch('${url}/graphql', { method: 'POST', headers, body })).json()).data
}
const input = ${JSON.stringify(admin)}
const { login } = await ask('mutation ($input: LoginInput!) { login(input: $input) { accessToken } }', { input })
const socket = new WebSocket('${url.replace('http', 'ws')}/graphql', 'graphql-transport-ws')
let events = 0
const send = (message) => socket.send(JSON.stringify(message))
socket.onopen = () => send({ type: 'connection_init', payload: { accessToken: login.accessToken } })
socket.onmessage = ({ data }) => {
  const { type } = JSON.parse(data)
  if (type === 'connection_ack') {
    send({ id: '1', type: 'subscribe', payload: { query: 'subscription { deviceStateChanged { type cursor } }' } })
  }
  if (type === 'ping') send({ type: 'pong' })
  if (type === 'next') events++
}
const end = Date.now() + 60_000
let asked = 0
while (Date.now() < end) {
  const { devices } = await ask('{ devices { totalCount nodes { name state { rttMs } } } }', {}, login.accessToken)
  if (devices.totalCount > 0) asked++
  await new Promise((resolve) => setTimeout(resolve, 1000))
}
process.stdout.write(JSON.stringify({ asked, events }))
process.exit(0)
`

// Needs Linux, root, iproute2 and nftables; elsewhere there is no such trap.
test.runIf(possible)(
  'nothing leaves the machine, from the start through a minute of work',
  async () => {
    await using product = await startProduct({ within })
    const script = [process.execPath, '--input-type=module', '-e', work(product)]
    const done = JSON.parse(inside(product, ...script)) as { asked: number; events: number }
    expect(done.asked).toBeGreaterThan(30)
    expect(done.events).toBeGreaterThan(10)
    expect(left(product)).toEqual([])
    // The trap itself: somebody who tries is written down.
    const stray = "require('node:dgram').createSocket('udp4').send('x', 9, '192.0.2.1', () => process.exit())"
    inside(product, process.execPath, '-e', stray)
    expect(JSON.stringify(left(product))).toContain('192.0.2.1')
  },
  180_000,
)
