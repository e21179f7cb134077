import { parse } from 'graphql'
import { beforeAll, expect, test } from 'vitest'

import { type PublishedSupergraph, remoteKeyRef } from '#core/contract/supergraph.js'
import { identityHeader, openIdentitySigner } from '#core/service/identity.js'
import { openSecretBox } from '#core/service/secrets.js'
import { buildGraph } from '#gateway/supergraph.js'
import { readsOf } from '#gateway/view.js'
import { chassisEnv } from '#tests/kit/alerting.js'
import { someone } from '#tests/kit/identity.js'
import { type Platform, patiently, registryOf, startPlatform } from '#tests/kit/platform.js'
import { sdl, startRack } from './rack.js'

const router = crypto.randomUUID()
const entities = {
  query:
    'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Device { rackPosition } } }',
  variables: {
    representations: [
      { __typename: 'Device', id: router },
      { __typename: 'Device', id: crypto.randomUUID() },
    ],
  },
}

let platform: Platform
let rack: Awaited<ReturnType<typeof startRack>>
let secret = ''
beforeAll(async () => {
  platform = await startPlatform()
  rack = await startRack(() => secret, new Map([[router, 'Room 4, rack B, unit 17']]))
  return async () => {
    await rack[Symbol.asyncDispose]()
    await platform[Symbol.asyncDispose]()
  }
})

/** What a gateway finds once the subgraph has joined. */
async function joined(): Promise<PublishedSupergraph> {
  await expect.poll(async () => (await platform.told())?.remotes, patiently).toHaveLength(1)
  return (await platform.told()) ?? expect.fail()
}
const ask = async (key: string) => {
  const token = await openIdentitySigner(key).sign(someone())
  const answer = await fetch(rack.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [identityHeader]: token },
    body: JSON.stringify(entities),
  })
  return { status: answer.status, body: (await answer.json()) as unknown }
}

test('a subgraph from outside joins: the gateway learns where it is and how to sign for it', async () => {
  const { check, publish } = registryOf(platform)
  const input = { name: 'rack', url: rack.url, sdl }
  expect(await check(input)).toMatchObject({ composes: true, publishable: true })
  const published = await publish(input)
  secret = published.secret ?? ''

  const { sdl: supergraph, remotes } = await joined()
  expect(remotes).toMatchObject([{ name: 'rack', url: rack.url }])
  const box = openSecretBox(chassisEnv('', '').SOTP_SECRETS_KEY)
  const key = box.open(remoteKeyRef('rack'), remotes[0]?.sealedKey ?? '').reveal()
  expect(await ask(key)).toEqual({
    status: 200,
    body: { data: { _entities: [{ rackPosition: 'Room 4, rack B, unit 17' }, { rackPosition: null }] } },
  })
  expect(rack.asked).toEqual(['someone@example.net'])
  expect(buildGraph(supergraph).subgraphs).toContain('rack')
})

test('it answers nobody who has another key', async () => {
  expect(await ask(chassisEnv('', '').SOTP_INTERNAL_KEY)).toMatchObject({ status: 401 })
  expect((await fetch(rack.url, { method: 'POST', body: JSON.stringify(entities) })).status).toBe(401)
})

test('what it tells is never shared between users, what others tell still is', async () => {
  const { supergraphSchema } = buildGraph((await joined()).sdl)
  const reads = (text: string) => {
    const document = parse(text)
    const [operation] = document.definitions
    if (operation?.kind !== 'OperationDefinition') throw new Error('no operation')
    return readsOf(supergraphSchema, document, operation)
  }
  const device = (field: string) => reads(`{ device(id: "${router}") { id ${field} } }`)
  expect(device('name').personal).toBe(false)
  expect(device('rackPosition')).toMatchObject({
    personal: true,
    permissions: expect.arrayContaining(['device.read', 'viewer.read']),
  })
})

test('it leaves: the graph is again what SOTP brought', async () => {
  await registryOf(platform).remove('rack')
  await expect.poll(platform.told, patiently).toMatchObject({ remotes: [] })
  const { id, baseId } = (await platform.told()) ?? expect.fail()
  expect(id).toBe(baseId)
})
