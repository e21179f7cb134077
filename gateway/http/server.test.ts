import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'

import { startTestGateway, type TestGateway } from '../../tests/kit/gateway.js'
import { smallGraph } from '../../tests/kit/small-graph.js'

const folder = mkdtempSync(path.join(tmpdir(), 'sotp-web-'))
const webRoot = path.join(folder, 'web')
const script = `console.log("${'x'.repeat(5000)}")`
mkdirSync(path.join(webRoot, 'assets'), { recursive: true })
writeFileSync(path.join(folder, 'secret.txt'), 'secret')
writeFileSync(path.join(webRoot, 'index.html'), '<title>app</title>')
writeFileSync(path.join(webRoot, 'graphiql.html'), '<title>graphiql</title>')
writeFileSync(path.join(webRoot, 'assets/app-1234.js'), script)

const graph = smallGraph()
let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway(graph, { webRoot, env: { SOTP_GATEWAY_ORIGINS: 'https://noc.example' } })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})
const get = (url: string, headers: Record<string, string> = {}) => fetch(gateway.url + url, { headers })
/** Sends the path as it is; fetch would tidy it up first. */
const raw = (urlPath: string): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    const { port } = gateway
    const sent = request({ host: '127.0.0.1', port, path: urlPath }, (response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += String(chunk)
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    sent.on('error', reject).end()
  })

describe('the web app', () => {
  test('is served with its own pages answered by index.html', async () => {
    for (const url of ['/', '/index.html', '/devices', '/devices/1?tab=ports', '/devices/a%20b']) {
      const response = await get(url)
      expect(await response.text()).toBe('<title>app</title>')
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(response.headers.get('cache-control')).toBe('no-cache')
    }
    expect((await get('/missing.js')).status).toBe(404)
    expect((await fetch(`${gateway.url}/devices`, { method: 'POST' })).status).toBe(405)
  })

  test('keeps hashed assets for ever, packs them, and knows what a browser already has', async () => {
    const packed = await get('/assets/app-1234.js', { 'accept-encoding': 'br' })
    expect(packed.headers.get('content-encoding')).toBe('br')
    expect(Number(packed.headers.get('content-length'))).toBeLessThan(500)
    expect(await packed.text()).toBe(script)
    expect(packed.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(packed.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    const plain = await get('/assets/app-1234.js', { 'accept-encoding': 'identity' })
    expect(plain.headers.get('content-encoding')).toBeNull()
    const again = await get('/assets/app-1234.js', { 'if-none-match': plain.headers.get('etag') ?? '' })
    expect(again.status).toBe(304)
  })

  test('gives out nothing outside its folder', async () => {
    for (const url of [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/..%2f..%2fsecret.txt',
      '/a\\..\\..\\secret.txt',
    ]) {
      const { body } = await raw(url)
      expect(body).not.toContain('secret')
    }
    expect((await raw('/%00.js')).status).toBe(404)
    expect((await raw('/%zz')).status).toBe(400)
  })

  test('runs only its own scripts', async () => {
    const { headers } = await get('/')
    expect(headers.get('content-security-policy')).toContain("script-src 'self';")
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('content-security-policy')).toContain(`ws://127.0.0.1:${gateway.port}`)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })
})

describe('/graphql', () => {
  test('shows GraphiQL to a browser and data to a program', async () => {
    const page = await get('/graphql', { accept: 'text/html,application/xhtml+xml' })
    expect(await page.text()).toBe('<title>graphiql</title>')
    const link = await get('/graphql?query={viewer{email}}', { accept: 'text/html' })
    expect(await link.text()).toBe('<title>graphiql</title>')
    const json = await get('/graphql?query={viewer{email}}', { 'apollo-require-preflight': '1' })
    expect(await json.json()).toEqual({ data: { viewer: null } })
  })

  test('may be read by pages of the allowed origins only', async () => {
    const preflight = (origin: string) =>
      fetch(`${gateway.url}/graphql`, { method: 'OPTIONS', headers: { origin } })
    const allowed = await preflight('https://noc.example')
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://noc.example')
    expect(allowed.headers.get('access-control-allow-headers')).toContain('authorization')
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull()
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('probes and keys', () => {
  test('tell health, readiness, metrics and the signing keys', async () => {
    expect((await get('/healthz')).status).toBe(200)
    const ready = await get('/readyz')
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { ready: true, components: [{ name: 'redis', ok: true, message: null }] },
    ])
    await gateway.ask('{ viewer { email } }')
    expect(await (await get('/metrics')).text()).toContain('sotp_gateway_requests_total{route="graphql"')
    const keys = (await (await get('/.well-known/jwks.json')).json()) as { keys: unknown[] }
    expect(keys.keys).toMatchObject([{ kid: 'k1', alg: 'EdDSA' }])
  })
})

describe('a gateway that stops', () => {
  test('is not ready first, finishes what runs, closes its sockets and its port', async () => {
    const stopping = await startTestGateway(graph)
    const token = await stopping.token()
    graph.state.slowMs = 300
    const running = stopping.ask('{ devices(ids: ["1"]) { name } }', { token })
    const socket = new WebSocket(
      stopping.url.replace('http', 'ws').concat('/graphql'),
      'graphql-transport-ws',
    )
    await new Promise((resolve) => socket.once('open', resolve))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await expect.poll(() => graph.state.contexts.length).toBe(1)
    const stopped = stopping[Symbol.asyncDispose]()
    expect((await stopping.health.report()).ready).toBe(false)
    expect(await closed).toBe(1001)
    expect((await running).body).toEqual({ data: { devices: [{ name: 'name of 1' }] } })
    await stopped
    await expect(fetch(stopping.url)).rejects.toThrow()
    graph.state.slowMs = 0
  })

  test('names a port that is taken', async () => {
    await expect(startTestGateway(graph, { env: { SOTP_HTTP_PORT: String(gateway.port) } })).rejects.toThrow(
      `port ${gateway.port} on 127.0.0.1 is taken`,
    )
  })
})
