import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'

import { Secret } from '#core/service/secrets.js'
import { owned } from '#tests/kit/platform.js'
import { openReceiver } from '#tests/kit/sinks.js'

import { guardedLookup, mayConnect, urlFault } from './address.js'
import { readDocument } from './document.js'
import { pauseMs } from './pump.js'
import { openSender } from './send.js'
import { gatewayUrlOf, runnerConfig } from './settings.js'
import { newSinkSecret, sign } from './signature.js'

const secret = new Secret(newSinkSecret())
const message = { id: 'evt_1', body: '{"cursor":"1-0"}' }

describe('signatures', () => {
  test('are those of the Standard Webhooks specification', () => {
    // Test vector of the reference libraries.
    expect(
      sign(
        'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
        'msg_p5jXN8AQM9LWM0D4loKWxJek',
        1614265330,
        '{"test": 2432232314}',
      ),
    ).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  test('depend on each part of the message', () => {
    const key = newSinkSecret()
    const all = [
      sign(key, 'a', 1, 'x'),
      sign(key, 'b', 1, 'x'),
      sign(key, 'a', 2, 'x'),
      sign(key, 'a', 1, 'y'),
      sign(newSinkSecret(), 'a', 1, 'x'),
    ]
    expect(new Set(all).size).toBe(5)
    expect(Buffer.from(key.replace('whsec_', ''), 'base64')).toHaveLength(32)
  })
})

describe('addresses', () => {
  test.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:169.254.169.254',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'ff02::1',
    'not an address',
  ])('%s is not connected to', (address) => expect(mayConnect(address, 'refuse')).toBe(false))

  test.each(['1.1.1.1', '8.8.8.8', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])('%s is', (address) =>
    expect(mayConnect(address, 'refuse')).toBe(true),
  )

  test.each([
    'http://example.net/hook',
    'ftp://example.net/hook',
    'file:///etc/passwd',
    'hook',
    'https://user:password@example.net/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://localhost/',
    'https://api.localhost./',
    'https://①②⑦.0.0.1/',
  ])('%s can be no sink', (url) => expect(urlFault(url, 'refuse')).toBeDefined())

  test('a public https URL can, and where it is permitted a private one', () => {
    expect(urlFault('https://hooks.example.net/sotp?x=1', 'refuse')).toBeUndefined()
    expect(urlFault('http://127.0.0.1:9000/', 'allow')).toBeUndefined()
    expect(urlFault('gopher://127.0.0.1/', 'allow')).toBe('must be an https or http URL')
  })

  test('a name that leads into a private network is refused when the connection is made', async () => {
    const look = (policy: 'refuse' | 'allow', all: boolean) =>
      new Promise((resolve) => guardedLookup(policy)('localhost', { all }, (...told) => resolve(told)))
    expect(await look('refuse', true)).toMatchObject([
      { message: 'the name leads into a private network' },
      [],
    ])
    expect(await look('refuse', false)).toMatchObject([
      { message: 'the name leads into a private network' },
      [],
    ])
    expect(await look('allow', false)).toMatchObject([
      null,
      expect.stringMatching(/127\.|::1/),
      expect.any(Number),
    ])
    const unknown = new Promise((resolve) =>
      guardedLookup('allow')('no-such-name.invalid', { all: true }, (...told) => resolve(told)),
    )
    expect(await unknown).toMatchObject([{ syscall: 'getaddrinfo' }, []])
  })
})

describe('a sender', () => {
  test('connects to nothing private, by name or by number', async () => {
    const receiver = owned(await openReceiver())
    const sender = owned(openSender('refuse'))
    const port = new URL(receiver.url).port
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '2130706433']) {
      const outcome = await sender.send(`http://${host}:${port}/`, secret, message)
      expect(outcome).toMatchObject({
        delivered: false,
        status: null,
        error: expect.stringContaining('private'),
      })
    }
    expect(receiver.received).toEqual([])
  })

  test('follows no redirect', async () => {
    const [receiver, other] = [owned(await openReceiver()), owned(await openReceiver())]
    receiver.answer = () => ({ status: 307, headers: { location: other.url } })
    const outcome = await owned(openSender('allow')).send(receiver.url, secret, message)
    expect(outcome).toMatchObject({
      delivered: false,
      status: 307,
      error: 'it answered 307; redirects are not followed',
    })
    expect(other.received).toEqual([])
  })

  test('waits 5 s for an answer, and for no endless one', async () => {
    const receiver = owned(await openReceiver())
    receiver.answer = () => 'hang'
    const sender = owned(openSender('allow'))
    const endless = createServer((_request, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('x'.repeat(8192)), 1)
      response.once('close', () => clearInterval(timer))
    })
    await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(endless.address() as AddressInfo).port}/`
    const [hung, drowned] = await Promise.all([
      sender.send(receiver.url, secret, message),
      sender.send(url, secret, message),
    ])
    expect(hung).toMatchObject({ delivered: false, status: null, error: 'no answer within 5 s' })
    expect(drowned).toMatchObject({ delivered: true, status: 200 })
    endless.closeAllConnections()
    endless.close()
  })

  test('tells a receiver that is not there', async () => {
    const outcome = await owned(openSender('allow')).send('http://127.0.0.1:1/', secret, message)
    expect(outcome).toMatchObject({
      delivered: false,
      status: null,
      error: 'it could not be reached: ECONNREFUSED',
    })
  })

  test.each([
    ['7', 7000],
    ['999999', 3_600_000],
    ['soon', null],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ])('reads how long to wait: %s', async (header, retryAfterMs) => {
    const receiver = owned(await openReceiver())
    receiver.answer = () => ({ status: 503, headers: { 'retry-after': header } })
    const outcome = await owned(openSender('allow')).send(receiver.url, secret, message)
    expect(outcome).toMatchObject({ status: 503, error: 'it answered 503 instead of 2xx', retryAfterMs })
  })
})

test('pauses grow, stay below 15 minutes, and differ', () => {
  const range = (failures: number) => Array.from({ length: 200 }, () => pauseMs(1000, failures))
  for (const [failures, most] of [
    [1, 1000],
    [4, 8000],
    [30, 900_000],
  ] as const) {
    const pauses = range(failures)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(most)
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(most / 2)
    expect(new Set(pauses).size).toBeGreaterThan(100)
  }
})

describe('a document', () => {
  test('says where its cursor comes from and goes', () => {
    expect(
      readDocument(
        'subscription Follow($from: String) { changes: deviceChanged(after: $from) { at: cursor kind } }',
      ),
    ).toEqual({ operationName: 'Follow', event: 'changes', cursor: 'at', after: 'from' })
  })

  test.each([
    ['{ devices { id } }', 'one subscription'],
    ['subscription { a(after: $x) { cursor } b }', 'of one field'],
    ['subscription A { a } subscription B { b }', 'one subscription'],
    ['fragment F on Query { a }', 'one subscription'],
    ['subscription { alertChanged { cursor } }', '"after" by a variable'],
    ['subscription { alertChanged(after: "1-0") { cursor } }', '"after" by a variable'],
    ['subscription ($after: String) { alertChanged(after: $after) { kind } }', 'for its "cursor"'],
    ['subscription {', 'Syntax Error'],
  ])('%s is refused', (text, why) => expect(() => readDocument(text)).toThrow(why))
})

test.each([
  [{}, 'ws://127.0.0.1:4000/graphql'],
  [{ SOTP_HTTP_HOST: '0.0.0.0', SOTP_HTTP_PORT: '80' }, 'ws://127.0.0.1:80/graphql'],
  [{ SOTP_HTTP_HOST: '::' }, 'ws://[::1]:4000/graphql'],
  [{ SOTP_HTTP_HOST: 'fd00::1' }, 'ws://[fd00::1]:4000/graphql'],
  [{ SOTP_PLATFORM_GATEWAY_URL: 'wss://gateway/graphql' }, 'wss://gateway/graphql'],
])('finds the graph: %j', (env, url) => expect(gatewayUrlOf(runnerConfig.parse(env))).toBe(url))
