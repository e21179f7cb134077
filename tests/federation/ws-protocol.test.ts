import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'

import { startTestGateway, type TestGateway } from '../kit/gateway.js'
import { smallGraph } from '../kit/small-graph.js'
import { codeForOffer, openProbe, type Probe } from './socket-probe.js'

/**
 * graphql-transport-ws spoken by hand, frame by frame: what a client that breaks the protocol is told by the close code
 * (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md), and that a well-behaved one beside it notices
 * nothing.
 */

const protocol = 'graphql-transport-ws'
const { state, ...graph } = smallGraph()
const query = 'subscription { stateChanged { cursor } }'

/** What comes is a matter of milliseconds here, and there are many such waits. */
const soon = <Value>(value: () => Value) => expect.poll(value, { interval: 5, timeout: 5000 })

let gateway: TestGateway
let token: string
let bystander: Probe
beforeAll(async () => {
  gateway = await startTestGateway({ ...graph, state })
  token = await gateway.token()
})
afterAll(() => gateway[Symbol.asyncDispose]())

const probes = new Set<Probe>()
async function open(protocols: string[] = [protocol]): Promise<Probe> {
  const probe = await openProbe(gateway.url, protocols)
  probes.add(probe)
  return probe
}

const init = (accessToken = token) => ({ type: 'connection_init', payload: { accessToken } })
/** Another operation than the bystander's, whose stream it would share. */
const own = 'subscription { own: stateChanged { cursor } }'
const subscribe = (id: string, text = own) => ({ id, type: 'subscribe', payload: { query: text } })

/** A socket that was accepted. */
async function enter(): Promise<Probe> {
  const probe = await open()
  probe.send(init())
  await soon(() => probe.messages.at(-1)?.type).toBe('connection_ack')
  return probe
}

/** The close code after these messages, and a reason that fits into a close frame. */
async function codeAfter(probe: Probe, ...messages: unknown[]): Promise<number> {
  probe.send(...messages)
  const { code, reason } = await probe.closed
  expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123)
  return code
}

const stderr = vi.spyOn(console, 'error')
beforeEach(async () => {
  stderr.mockClear()
  bystander = await enter()
  bystander.send(subscribe('still-here', query))
  await soon(() => state.events.listeners).toBe(1)
})
/**
 * The process is unharmed: no stream of the probe is left, the neighbour goes on, HTTP and new sockets work, and it
 * was not a matter for the operator.
 */
afterEach(async () => {
  try {
    await soon(() => state.events.listeners).toBe(1)
    state.events.emit('after')
    await soon(() => bystander.messages.at(-1)).toEqual({
      id: 'still-here',
      type: 'next',
      payload: { data: { stateChanged: { cursor: 'c-after' } } },
    })
    expect((await gateway.ask('{ __typename }', { token })).status).toBe(200)
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200)
    await enter()
    // Whoever can reach the port could otherwise fill the disk with stack traces, past the log and its levels.
    expect(stderr).not.toHaveBeenCalled()
  } finally {
    for (const { socket } of probes) socket.terminate()
    probes.clear()
  }
  await soon(() => state.events.listeners).toBe(0)
})

describe('4400 bad message', () => {
  const bad: Record<string, string> = {
    'no JSON': '{',
    'nothing at all': '',
    'no object': '"connection_init"',
    null: 'null',
    'a list': '[]',
    'no type': '{"payload":{}}',
    'a type that is no text': '{"type":1}',
    'a type that is unknown': '{"type":"start","id":"1","payload":{"query":"{ __typename }"}}',
    'a type that every object has': '{"type":"constructor"}',
    'next, which only servers send': '{"type":"next","id":"1","payload":{"data":{}}}',
    'error, which only servers send': '{"type":"error","id":"1","payload":[{"message":"x"}]}',
    'connection_ack, which only servers send': '{"type":"connection_ack"}',
    'connection_init with a payload that is no object': '{"type":"connection_init","payload":"x"}',
    'ping with a payload that is no object': '{"type":"ping","payload":1}',
    'subscribe without an id': '{"type":"subscribe","payload":{"query":"{ __typename }"}}',
    'subscribe with an empty id': '{"type":"subscribe","id":"","payload":{"query":"{ __typename }"}}',
    'subscribe with an id that is no text':
      '{"type":"subscribe","id":1,"payload":{"query":"{ __typename }"}}',
    'subscribe without a payload': '{"type":"subscribe","id":"1"}',
    'subscribe without a query': '{"type":"subscribe","id":"1","payload":{}}',
    'subscribe with a query that is no text': '{"type":"subscribe","id":"1","payload":{"query":{}}}',
    'subscribe with variables that are no object':
      '{"type":"subscribe","id":"1","payload":{"query":"{ __typename }","variables":"x"}}',
    'complete without an id': '{"type":"complete"}',
    'JSON nested without end': '['.repeat(100_000),
  }
  test.each(Object.entries(bad))('before the connection is accepted: %s', async (_name, message) => {
    expect(await codeAfter(await open(), message)).toBe(4400)
  })
  test.each(Object.entries(bad))('once it is accepted: %s', async (_name, message) => {
    expect(await codeAfter(await enter(), message)).toBe(4400)
  })
  test('also as a binary frame', async () => {
    expect(await codeAfter(await enter(), Buffer.from([0, 255, 1, 254]))).toBe(4400)
  })
})

describe('4401 unauthorized', () => {
  test('subscribes before connection_init', async () => {
    expect(await codeAfter(await open(), subscribe('1'))).toBe(4401)
  })
  test('subscribes before the connection is acknowledged', async () => {
    const probe = await open()
    expect(await codeAfter(probe, init(), subscribe('1'))).toBe(4401)
    expect(probe.messages.filter(({ type }) => type !== 'connection_ack')).toEqual([])
  })
})

describe('4403 forbidden', () => {
  test('shows a token that is none, has expired, or is somebody else’s signature', async () => {
    const expired = await gateway.token({ lifeSeconds: -60 })
    const [head, body] = token.split('.')
    for (const bad of ['rubbish', expired, `${head}.${body}.${'A'.repeat(86)}`]) {
      const probe = await open()
      expect(await codeAfter(probe, init(bad))).toBe(4403)
      expect(probe.messages).toEqual([])
    }
  })
})

describe('4406 sub-protocol not acceptable', () => {
  test('offers none, the old graphql-ws, or another', async () => {
    for (const offered of [undefined, 'graphql-ws', 'mqtt, soap'])
      expect(await codeForOffer(gateway.port, offered)).toBe(4406)
  })
  test('not when graphql-transport-ws is one of several', async () => {
    const probe = await open(['graphql-ws', protocol])
    expect(probe.socket.protocol).toBe(protocol)
  })
})

describe('4408 connection initialisation timeout', () => {
  test('says nothing', async () => {
    expect((await (await open()).closed).code).toBe(4408)
  })
  test('says other things, but not connection_init', async () => {
    const probe = await open()
    expect(await codeAfter(probe, { type: 'ping' }, { type: 'pong' })).toBe(4408)
    expect(probe.messages).toEqual([{ type: 'pong' }])
  })
})

describe('4409 subscriber already exists', () => {
  test('uses the id of an operation that still runs', async () => {
    const probe = await enter()
    probe.send(subscribe('a'))
    await soon(() => state.events.listeners).toBe(2)
    expect(await codeAfter(probe, subscribe('a'))).toBe(4409)
  })
  test('uses one id twice in the same breath', async () => {
    expect(await codeAfter(await enter(), subscribe('a'), subscribe('a'))).toBe(4409)
  })
  test('not for an id that is free again, nor for one that every object has', async () => {
    const probe = await enter()
    const ids = ['a', 'a', '__proto__', 'constructor', 'toString', 'hasOwnProperty']
    for (const [done, id] of ids.entries()) {
      probe.send({ id, type: 'subscribe', payload: { query: '{ __typename }' } })
      await soon(() => probe.messages.slice(1 + done * 2)).toEqual([
        { id, type: 'next', payload: { data: { __typename: 'Query' } } },
        { id, type: 'complete' },
      ])
    }
    probe.send(subscribe('__proto__'))
    await soon(() => state.events.listeners).toBe(2)
    probe.send({ id: '__proto__', type: 'complete' })
    await soon(() => state.events.listeners).toBe(1)
    expect(probe.socket.readyState).toBe(WebSocket.OPEN)
  })
})

describe('4429 too many initialisation requests', () => {
  test('sends connection_init twice', async () => {
    expect(await codeAfter(await enter(), init())).toBe(4429)
  })
  test('sends connection_init twice before the first is answered', async () => {
    expect(await codeAfter(await open(), init(), init())).toBe(4429)
  })
})

describe('1009 message too big', () => {
  test('sends one message of more than 10 MB', async () => {
    const probe = await enter()
    probe.send(subscribe('a'))
    await soon(() => state.events.listeners).toBe(2)
    probe.send({ ...subscribe('b'), payload: { query, variables: { x: 'x'.repeat(10 * 1024 * 1024) } } })
    expect((await probe.closed).code).toBe(1009)
  })
  test('sends it in many small fragments', async () => {
    const probe = await enter()
    const part = Buffer.alloc(64 * 1024, 'x')
    for (let sent = 0; sent <= 10 * 1024 * 1024; sent += part.length)
      probe.socket.send(part, { fin: false, binary: false })
    expect((await probe.closed).code).toBe(1009)
  })
})

describe('codes of the WebSocket protocol itself (RFC 6455 §7.4.1)', () => {
  test('1007 for text that is not UTF-8', async () => {
    const probe = await enter()
    probe.socket.send(Buffer.from([0xc3, 0x28]), { binary: false })
    expect((await probe.closed).code).toBe(1007)
  })
  test('1002 for a frame that breaks the framing', async () => {
    const probe = await enter()
    // Reserved opcode 3, masked, empty: written beneath the ws package, which would not send it.
    const { _socket: wire } = probe.socket as unknown as { _socket: { write(data: Buffer): void } }
    wire.write(Buffer.from([0x83, 0x80, 0, 0, 0, 0]))
    expect((await probe.closed).code).toBe(1002)
  })
})

describe('what keeps the protocol', () => {
  test('is answered by pong, whatever the ping carries, also before connection_init', async () => {
    const probe = await open()
    const payload = { a: [1, { b: null }] }
    probe.send({ type: 'ping' }, { type: 'ping', payload }, init(), { type: 'ping' })
    await soon(() => probe.messages.map(({ type }) => type)).toContain('connection_ack')
    await soon(() => probe.messages.filter(({ type }) => type === 'pong')).toHaveLength(3)
    expect(probe.messages.slice(0, 2)).toEqual([{ type: 'pong' }, { type: 'pong', payload }])
  })
  test('may complete an operation twice, or one that never was', async () => {
    const probe = await enter()
    probe.send(subscribe('a'))
    await soon(() => state.events.listeners).toBe(2)
    const complete = { id: 'a', type: 'complete' }
    probe.send(complete, complete, { id: 'never', type: 'complete' }, { type: 'ping' })
    await soon(() => probe.messages.at(-1)).toEqual({ type: 'pong' })
    await soon(() => state.events.listeners).toBe(1)
    // No message of the operation may follow the client's own complete.
    expect(probe.messages.filter(({ id }) => id === 'a')).toEqual([])
  })
  test('gets a faulty operation as an error message, and the socket stays', async () => {
    const probe = await enter()
    probe.send({ id: 'a', type: 'subscribe', payload: { query: 'subscription { nonsense }' } })
    await soon(() => probe.messages.at(-1)).toMatchObject({
      id: 'a',
      type: 'error',
      payload: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    })
    expect(probe.socket.readyState).toBe(WebSocket.OPEN)
  })
})
