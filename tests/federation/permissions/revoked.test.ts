import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { type LiveStream, overEvents, overSocket } from '#tests/kit/live-stream.js'
import { adminEmail, password, startWholeGraph, type WholeGraph } from '#tests/kit/whole-graph.js'

/** What becomes of live streams when the right to them is lost: they end, or tell less, at once. */
let graph: WholeGraph
let admin: string
let sql: pg.Client
const id = { mine: '', other: '', mineSite: '', otherSite: '' }
beforeAll(async () => {
  graph = await startWholeGraph()
  admin = (await graph.login(adminEmail)).token
  sql = new pg.Client({ connectionString: graph.databaseUrl, options: '-c search_path=auth' })
  await sql.connect()
  for (const [name, address] of [
    ['mine', '10.1.0.1'],
    ['other', '10.2.0.1'],
  ] as const) {
    const site = await graph.must(admin, `mutation { createSite(input: { name: "${name}-site" }) { id } }`)
    const input = `{ name: "${name}-core", address: "${address}", siteId: "${site.createSite.id}" }`
    const device = await graph.must(admin, `mutation { createDevice(input: ${input}) { id } }`)
    id[name] = device.createDevice.id
    id[`${name}Site`] = site.createSite.id
  }
}, 120_000)
afterAll(async () => {
  await sql.end()
  await graph[Symbol.asyncDispose]()
})

const query = 'subscription { deviceChanged { kind device { name tags } } }'
const transports: [string, typeof overSocket][] = [
  ['WebSocket', overSocket],
  ['server-sent events', overEvents],
]
/** Long enough for a machine with other work; `npm run bench` says how soon it is. */
const soon = { timeout: 10_000, interval: 20 }

let people = 0
async function somebody(grants: string): Promise<{ userId: string; email: string }> {
  people += 1
  const email = `person-${people}@example.net`
  const input = `{ email: "${email}", name: "Person", password: "${password}", grants: ${grants} }`
  const made = await graph.must(admin, `mutation { createUser(input: ${input}) { id } }`)
  return { userId: made.createUser.id, email }
}

let touched = 0
const touch = async (deviceId: string) => {
  touched += 1
  const input = `{ id: "${deviceId}", tags: ["t${touched}"] }`
  await graph.must(admin, `mutation { updateDevice(input: ${input}) { id } }`)
}

/** Until it tells of changes. */
async function streaming(stream: LiveStream, deviceId = id.mine): Promise<LiveStream> {
  const hears = async () => {
    await touch(deviceId)
    return stream.told.some((event) => event.includes('-core'))
  }
  await expect.poll(hears, soon).toBe(true)
  return stream
}

/** The refresh cookie of a new session, and its access token. */
async function signIn(email: string): Promise<{ token: string; cookie: string }> {
  const response = await fetch(`${graph.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: `mutation { login(input: { email: "${email}", password: "${password}" }) { accessToken } }`,
    }),
  })
  const { data } = (await response.json()) as { data: { login: { accessToken: string } } }
  return { token: data.login.accessToken, cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' }
}
const refresh = (cookie: string) =>
  graph.post(graph.url, { query: 'mutation { refreshSession { accessToken } }' }, { cookie })

describe.each(transports)('a stream over %s', (_, open) => {
  const endsWith = async (stream: LiveStream, lose: () => Promise<unknown>) => {
    await streaming(stream)
    await lose()
    await expect.poll(() => stream.ended(), soon).toBeDefined()
    const before = stream.told.length
    await touch(id.mine)
    expect(stream.told).toHaveLength(before)
    stream.stop()
    return stream
  }

  test('ends when its user is deactivated', async () => {
    const { userId, email } = await somebody('[{ role: VIEWER }]')
    const { token } = await graph.login(email)
    await endsWith(open(graph.url, token, query), () =>
      graph.must(admin, `mutation { deactivateUser(id: "${userId}") { active } }`),
    )
  })

  test('ends when its API token is revoked, and the owner’s own goes on', async () => {
    const { email } = await somebody('[{ role: VIEWER }]')
    const { token } = await graph.login(email)
    const own = await streaming(open(graph.url, token, query))
    const made = await graph.must(
      token,
      'mutation { createApiToken(input: { name: "x", scopes: ["device.read"] }) { secret token { id } } }',
    )
    const { secret, token: known } = made.createApiToken
    await endsWith(open(graph.url, secret, query), () =>
      graph.must(token, `mutation { revokeApiToken(id: "${known.id}") { id } }`),
    )
    const before = own.told.length
    await touch(id.mine)
    await expect.poll(() => own.told.length, soon).toBeGreaterThan(before)
    expect(own.ended()).toBeUndefined()
    own.stop()
  })

  test('ends when a refresh token of its session is used again, with the whole family', async () => {
    const { email } = await somebody('[{ role: VIEWER }]')
    const { token, cookie } = await signIn(email)
    await endsWith(open(graph.url, token, query), async () => {
      const first = await refresh(cookie)
      expect(first.errors).toBeUndefined()
      // Two tabs of one browser may use it at once; what comes later is a thief, or the owner after one.
      await sql.query(
        `UPDATE refresh_token SET used_at = used_at - interval '11 s' WHERE used_at IS NOT NULL`,
      )
      expect((await refresh(cookie)).status).toBe(401)
      const authorization = `Bearer ${first.data.refreshSession.accessToken}`
      const owner = () => graph.post(graph.url, { query: '{ viewer { permissions } }' }, { authorization })
      await expect.poll(async () => (await owner()).status, soon).toBe(401)
    })
  })

  test('goes on with what is left when its user loses a site', async () => {
    const { userId, email } = await somebody('[{ role: VIEWER }]')
    const { token } = await graph.login(email)
    const stream = await streaming(open(graph.url, token, query))
    await graph.must(
      admin,
      `mutation { setGrants(userId: "${userId}", grants: [{ role: VIEWER, siteIds: ["${id.otherSite}"] }]) { id } }`,
    )
    const before = stream.told.length
    const hears = async () => {
      await touch(id.other)
      return stream.told.slice(before).some((event) => event.includes('other-core'))
    }
    await expect.poll(hears, soon).toBe(true)
    const from = stream.told.findLastIndex((event) => event.includes('other-core'))
    await touch(id.mine)
    await streaming(stream, id.other)
    const after = stream.told.slice(from).join('')
    expect(after).not.toContain(`"UPDATED","device":{"name":"mine-core"`)
    expect(stream.ended()).toBeUndefined()
    stream.stop()
  })
})
