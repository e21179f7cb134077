import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { type Product, startProduct } from '#tests/kit/product.js'

/** Rights within a site and API tokens, through the gateway, over all subgraphs. */
let product: Product
let admin: string
const id = { mine: '', other: '', mineDevice: '', otherDevice: '', user: '' }
const email = 'ann@example.net'
const password = 'basalt-Violin-7-orchard'

interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: answers differ from test to test
  data: any
  errors?: { message: string; extensions: { code: string } }[]
}
const ask = async (token: string | null, query: string, variables: object = {}): Promise<Answer> => {
  const response = await fetch(`${product.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  })
  return (await response.json()) as Answer
}
const must = async (token: string | null, query: string, variables?: object) => {
  const { data, errors } = await ask(token, query, variables)
  expect(errors).toBeUndefined()
  return data
}
const login = async (input: object): Promise<string> =>
  (await must(null, 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }', { input }))
    .login.accessToken
const setGrants = (grants: object[]) =>
  must(
    admin,
    'mutation ($id: ID!, $grants: [GrantInput!]!) { setGrants(userId: $id, grants: $grants) { grants { role everywhere sites { id name } } } }',
    { id: id.user, grants },
  )
const codeOf = async (token: string, query: string) => (await ask(token, query)).errors?.[0]?.extensions.code

beforeAll(async () => {
  product = await startProduct({ args: ['--no-lab'] })
  admin = await login(product.admin)
  for (const [n, site] of (['mine', 'other'] as const).entries()) {
    const made = await must(
      admin,
      'mutation ($name: String!) { createSite(input: { name: $name }) { id } }',
      { name: `${site}-site` },
    )
    id[site] = made.createSite.id
    const { createDevice } = await must(
      admin,
      'mutation ($input: CreateDeviceInput!) { createDevice(input: $input) { id } }',
      { input: { name: `${site}-core`, address: `127.0.0.${n + 2}`, siteId: id[site] } },
    )
    id[`${site}Device`] = createDevice.id
  }
  const input = { email, name: 'Ann', password, grants: [{ role: 'VIEWER', siteIds: [id.mine] }] }
  const { createUser } = await must(
    admin,
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
    { input },
  )
  id.user = createUser.id
}, 120_000)
afterAll(() => product[Symbol.asyncDispose]())

test('a VIEWER within a site sees its devices with states and alerts, and the rest of the network nowhere', async () => {
  // The other subgraphs learn of the devices and their sites by events.
  await expect
    .poll(async () => (await must(admin, '{ deviceStates { reachability } }')).deviceStates.length)
    .toBe(2)
  const ann = await login({ email, password })
  const data = await must(
    ann,
    `query ($other: ID!) {
      viewer { permissions scopes { permission everywhere sites { name } } }
      devices { totalCount nodes { name site { name devices { totalCount } } state { reachability } health { firing } alerts { id } } }
      sites { name } deviceStates { device { name } } stateChanges { nodes { device { name } } }
      alerts { totalCount } networkSummary { devices } device(id: $other) { name }
    }`,
    { other: id.otherDevice },
  )
  expect(data).toMatchObject({
    devices: {
      totalCount: 1,
      nodes: [
        { name: 'mine-core', site: { name: 'mine-site', devices: { totalCount: 1 } }, health: { firing: 0 } },
      ],
    },
    sites: [{ name: 'mine-site' }],
    deviceStates: [{ device: { name: 'mine-core' } }],
    networkSummary: { devices: 1 },
    device: null,
  })
  expect(data.devices.nodes[0].state).not.toBeNull()
  expect(data.viewer.scopes).toContainEqual({
    permission: 'device.read',
    everywhere: false,
    sites: [{ name: 'mine-site' }],
  })
  expect(JSON.stringify(data)).not.toContain('other')
})

test('grants count for a token that was signed before, within two seconds', async () => {
  const ann = await login({ email, password })
  const seen = async () => {
    const { data, errors } = await ask(ann, '{ devices { nodes { name } } }')
    return errors?.[0]?.extensions.code ?? data.devices.nodes.map(({ name }: { name: string }) => name)
  }
  expect(await seen()).toEqual(['mine-core'])
  const { setGrants: given } = await setGrants([{ role: 'VIEWER', siteIds: [id.other] }])
  expect(given.grants).toEqual([
    { role: 'VIEWER', everywhere: false, sites: [{ id: id.other, name: 'other-site' }] },
  ])
  await expect.poll(seen, { interval: 50, timeout: 2000 }).toEqual(['other-core'])
  await setGrants([{ role: 'VIEWER', siteIds: [id.mine] }])
  await expect.poll(seen, { interval: 50, timeout: 2000 }).toEqual(['mine-core'])
})

test('a site that does not exist is shown as nothing, and never as everywhere', async () => {
  const grants = [{ role: 'VIEWER', siteIds: [id.mine, '00000000-0000-4000-8000-00000000dead'] }]
  const query =
    'mutation ($id: ID!, $grants: [GrantInput!]!) { setGrants(userId: $id, grants: $grants) { grants { everywhere sites { name } } } }'
  const { data, errors } = await ask(admin, query, { id: id.user, grants })
  expect(data.setGrants.grants).toEqual([{ everywhere: false, sites: [null, { name: 'mine-site' }] }])
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['NOT_FOUND'])
})

describe('sessions and API tokens', () => {
  test('that were ended are refused soon, though their access token lives', async () => {
    const [one, other] = [await login({ email, password }), await login({ email, password })]
    const { viewer } = await must(one, '{ viewer { user { sessions { id current } } } }')
    const mine = viewer.user.sessions.find(({ current }: { current: boolean }) => current)
    await must(other, 'mutation ($id: ID!) { revokeSession(id: $id) { id } }', { id: mine.id })
    await expect
      .poll(() => codeOf(one, '{ devices { totalCount } }'), { interval: 50, timeout: 2000 })
      .toBe('TOKEN_INVALID')
    expect(await must(other, 'mutation { logout }')).toEqual({ logout: true })
    await expect
      .poll(() => codeOf(other, '{ devices { totalCount } }'), { interval: 50, timeout: 2000 })
      .toBe('TOKEN_INVALID')
  })
  test('a service account’s token does what its scopes and grants say, until it is revoked', async () => {
    const { createServiceAccount } = await must(
      admin,
      'mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) { id } }',
      { input: { name: 'Exporter', grants: [{ role: 'OPERATOR', siteIds: [id.mine] }] } },
    )
    const { createApiToken } = await must(
      admin,
      'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { secret token { id } } }',
      { input: { name: 'Export', scopes: ['device.read'], userId: createServiceAccount.id } },
    )
    const { secret, token } = createApiToken
    expect(await must(secret, '{ devices { nodes { name } } }')).toEqual({
      devices: { nodes: [{ name: 'mine-core' }] },
    })
    expect(await codeOf(secret, '{ networkSummary { devices } }')).toBe('FORBIDDEN')
    expect(await codeOf(secret, `mutation { deleteDevice(id: "${id.mineDevice}") { id } }`)).toBe('FORBIDDEN')
    expect(await codeOf(secret, 'mutation { logoutEverywhere }')).toBe('FORBIDDEN')
    await must(admin, 'mutation ($id: ID!) { revokeApiToken(id: $id) { active } }', { id: token.id })
    await expect
      .poll(() => codeOf(secret, '{ devices { totalCount } }'), { interval: 50, timeout: 2000 })
      .toBe('TOKEN_INVALID')
  })
})
