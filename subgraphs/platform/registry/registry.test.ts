import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { remoteKeyRef } from '#core/contract/supergraph.js'
import { createLog } from '#core/service/log.js'
import { openSecretBox } from '#core/service/secrets.js'
import { openTopics } from '#core/service/topics.js'
import { asker } from '#tests/kit/alerting.js'
import { type Platform, patiently, rack as rackWith, registryOf, startPlatform } from '#tests/kit/platform.js'

import { readBase } from './base.js'

const base = readBase()
const rack = rackWith('  "Where it stands."\n  rackPosition: String\n  rackOwner: String')
const rackSdl = rack.sdl
const federation = rackSdl.split('\n')[0] ?? ''

let platform: Platform
let registry: ReturnType<typeof registryOf>
beforeAll(async () => {
  platform = await startPlatform()
  registry = registryOf(platform)
})
afterAll(() => platform[Symbol.asyncDispose]())

const { check, publish, remove } = {
  check: (input: object) => registry.check(input),
  publish: (input: object) => registry.publish(input),
  remove: (name: string, force?: boolean) => registry.remove(name, force),
}
const told = () => platform.told()
const version = async () => (await told())?.version
const admin = () => platform.admin()
/** Somebody ran an operation that reads the field. */
const use = async (coordinate: string, text: string, hash = 'h1') => {
  await platform.source.query(
    `INSERT INTO operation VALUES ($1, 'Racks', 'QUERY', $2, now(), now()) ON CONFLICT DO NOTHING`,
    [hash, text],
  )
  await platform.source.query(
    `INSERT INTO field_use VALUES (current_date, $1, $2, 'wallboard', '1.0', 7, 0, now()) ON CONFLICT DO NOTHING`,
    [coordinate, hash],
  )
}

describe('a registry that only knows our own subgraphs', () => {
  test('tells gateways of the committed supergraph', async () => {
    await expect
      .poll(told, patiently)
      .toMatchObject({ version: 1, id: base.id, baseId: base.id, remotes: [] })
    expect((await told())?.sdl).toBe(base.supergraph)
  })

  test('lists them', async () => {
    const { subgraphs } = await admin().ask<{ subgraphs: { name: string }[] }>(
      '{ subgraphs { name external url status fault version publisher createdAt updatedAt } }',
    )
    expect(subgraphs.map(({ name }) => name)).toEqual([
      'alerting',
      'auth',
      'inventory',
      'platform',
      'telemetry',
    ])
    expect(subgraphs[0]).toMatchObject({ external: false, status: 'ACTIVE', url: null, version: null })
  })

  test('is read by those who may', async () => {
    const query = '{ subgraphs { name } }'
    await expect(asker(platform.room.subgraph, 'VIEWER').ask(query)).rejects.toThrow('FORBIDDEN')
    for (const role of ['AUDITOR', 'OPERATOR'] as const) {
      await asker(platform.room.subgraph, role).ask(query)
      const change = 'mutation { removeSubgraph(name: "rack") { name } }'
      await expect(asker(platform.room.subgraph, role).ask(change)).rejects.toThrow('FORBIDDEN')
    }
  })

  test('has no place for a name of our own, nor for what is no address', async () => {
    await expect(check({ ...rack, name: 'inventory' })).rejects.toThrow('NAME_CONFLICT')
    await expect(check({ ...rack, name: 'Rack 1' })).rejects.toThrow('BAD_USER_INPUT: input.name')
    await expect(check({ ...rack, url: 'ftp://x' })).rejects.toThrow('BAD_USER_INPUT: input.url')
    await expect(check({ ...rack, url: 'http://u:p@x/graphql' })).rejects.toThrow('BAD_USER_INPUT: input.url')
    await expect(check({ ...rack, sdl: 'x'.repeat(262_145) })).rejects.toThrow('BAD_USER_INPUT: input.sdl')
    await expect(remove('rack')).rejects.toThrow('NOT_FOUND')
  })
})

describe('a check', () => {
  test('tells what would change, and changes nothing', async () => {
    expect(await check(rack)).toMatchObject({
      composes: true,
      publishable: true,
      changes: [
        { level: 'SAFE', coordinate: 'Device.rackOwner', operations: [] },
        { level: 'SAFE', coordinate: 'Device.rackPosition', operations: [] },
      ],
    })
    expect(await version()).toBe(1)
  })

  test.each([
    ['does not parse', 'type Device {', 'Syntax Error'],
    ['is not of Federation 2', 'type Device @key(fields: "id") { id: ID! x: Int }', 'Federation 2.1'],
    [
      'asks for a type that nobody has',
      `${federation} type Device @key(fields: "id") { id: ID! x: Rack }`,
      'Rack',
    ],
    [
      'defines a field of ours again',
      `${federation} type Device @key(fields: "id") { id: ID! name: String! }`,
      'name',
    ],
    [
      'takes over a field of ours',
      `${federation} type Device @key(fields: "id") { id: ID! name: String! @federation__override(from: "inventory") }`,
      'cannot be taken over',
    ],
    [
      'deprecates without a removal date',
      `${federation} type Device @key(fields: "id") { id: ID! x: Int @deprecated(reason: "old") }`,
      'says when it goes',
    ],
    [
      'names a permission that does not exist',
      `extend schema @link(url: "https://sotp.dev/access/v1.0", import: ["@access"]) ${federation} directive @access(permission: String!) repeatable on FIELD_DEFINITION type Device @key(fields: "id") { id: ID! x: Int @access(permission: "rack.read") }`,
      'no permission "rack.read"',
    ],
  ])('refuses SDL that %s', async (_case, sdl, fault) => {
    const { composes, publishable, faults } = await check({ ...rack, sdl })
    expect({ composes, publishable }).toEqual({ composes: false, publishable: false })
    expect(faults.join('\n')).toContain(fault)
    await expect(publish({ ...rack, sdl })).rejects.toThrow('SCHEMA_INVALID')
  })
})

describe('a subgraph that joins and leaves', () => {
  test('is told to gateways with a key of its own, which is shown once', async () => {
    await using topics = openTopics({ redisUrl: platform.redisUrl, log: createLog('test', 'silent') })
    const heard = topics.subscribe('supergraph.published', {
      signal: AbortSignal.timeout(10_000),
      after: '0-0',
    })
    const { secret, subgraph } = await publish(rack)
    expect(subgraph).toEqual({ name: 'rack', status: 'ACTIVE', version: 2, publisher: 'Someone' })
    expect(Buffer.from(secret ?? '', 'base64url')).toHaveLength(32)
    await expect.poll(version, patiently).toBe(2)
    const { sdl, remotes, id, baseId } = (await told()) ?? expect.fail()
    expect(baseId).toBe(base.id)
    expect(id).not.toBe(base.id)
    expect(sdl).toContain('@join__graph(name: "rack", url: "http://127.0.0.1:4999/graphql")')
    const sealed = remotes[0]?.sealedKey ?? ''
    expect(remotes).toEqual([{ name: 'rack', url: rack.url, sealedKey: sealed }])
    const box = openSecretBox(Buffer.alloc(32).toString('base64'))
    expect(box.open(remoteKeyRef('rack'), sealed).reveal()).toBe(secret)
    expect(() => box.open(remoteKeyRef('other'), sealed)).toThrow()
    for await (const { event } of heard) if (event.version === 2) break
  })

  test('has its own fields marked as personal, and leaves ours as they are', async () => {
    const sdl = (await told())?.sdl ?? ''
    const field = (name: string) => sdl.split('\n').find((line) => line.trim().startsWith(`${name}:`)) ?? ''
    expect(field('rackPosition')).toContain('@access(permission: "viewer.read", personal: true)')
    const device = sdl.slice(sdl.search(/^type Device\b/m))
    const id = device.split('\n').find((line) => line.trim().startsWith('id:'))
    expect(id).not.toContain('personal: true')
  })

  test('published again as it is makes no version; changed, it keeps its key', async () => {
    expect(await publish(rack)).toMatchObject({ secret: null, subgraph: { version: 2 } })
    const before = (await told())?.remotes
    expect(await publish({ ...rack, url: 'http://127.0.0.1:4998/graphql' })).toMatchObject({
      secret: null,
      subgraph: { version: 3 },
    })
    await expect.poll(version, patiently).toBe(3)
    expect((await told())?.remotes).toEqual([{ ...before?.[0], url: 'http://127.0.0.1:4998/graphql' }])
  })

  test('may drop what nobody uses, and only by force what somebody does', async () => {
    await use('Device.rackPosition', '{ device(id: 1) { rackPosition } }')
    const without = (field: string) => ({
      ...rack,
      sdl: rackSdl.replace(new RegExp(`.*${field}: String`), ''),
    })
    expect(await check(without('rackPosition'))).toMatchObject({
      composes: true,
      publishable: false,
      changes: [
        {
          level: 'BREAKING',
          coordinate: 'Device.rackPosition',
          operations: [{ hash: 'h1', name: 'Racks', clients: ['wallboard'] }],
        },
      ],
      brokenOperations: [{ hash: 'h1', name: 'Racks' }],
    })
    await expect(publish(without('rackPosition'))).rejects.toThrow(
      /SCHEMA_BREAKING: .*rackPosition.*used by Racks/,
    )
    await expect(remove('rack')).rejects.toThrow('SCHEMA_BREAKING')
    expect(await version()).toBe(3)

    await publish(without('rackOwner'))
    await expect.poll(version, patiently).toBe(4)
    expect((await told())?.sdl).not.toContain('rackOwner')
    await publish({ ...without('rackPosition'), force: true })
    await expect.poll(version, patiently).toBe(5)
  })

  test('an argument that no known text names is not in use', async () => {
    const sdl = (field: string) => `${federation} type Device @key(fields: "id") { id: ID! ${field}: Int }`
    await publish({ ...rack, sdl: sdl('slots(free: Boolean)'), force: true })
    await use('Device.slots', '{ device(id: 1) { slots } }', 'h2')
    expect(await check({ ...rack, sdl: sdl('slots') })).toMatchObject({
      publishable: true,
      changes: [{ level: 'BREAKING', coordinate: 'Device.slots(free:)', operations: [] }],
    })
    await use('Device.slots', '{ device(id: 1) { slots(free: true) } }', 'h3')
    expect(await check({ ...rack, sdl: sdl('slots') })).toMatchObject({
      publishable: false,
      changes: [{ operations: [{ hash: 'h3' }] }],
    })
  })

  test('leaves a history that has pages', async () => {
    await remove('rack', true)
    await expect
      .poll(told, patiently)
      .toMatchObject({ version: 7, id: base.id, sdl: base.supergraph, remotes: [] })
    const query = `query ($first: Int!, $after: String) { supergraphVersions(first: $first, after: $after) {
      nodes { version id cause subgraph publisher api changes { level coordinate } } pageInfo { hasNextPage endCursor } } }`
    interface Versions {
      supergraphVersions: {
        nodes: { version: number; api: string }[]
        pageInfo: { hasNextPage: boolean; endCursor: string }
      }
    }
    const page = async (after?: string) =>
      (await admin().ask<Versions>(query, { first: 4, after })).supergraphVersions
    const { nodes, pageInfo } = await page()
    expect(nodes.map((one) => one.version)).toEqual([7, 6, 5, 4])
    expect(nodes[0]).toMatchObject({ cause: 'REMOVED', subgraph: 'rack', publisher: 'Someone' })
    expect(nodes[0]?.api).not.toContain('slots')
    expect(nodes[1]?.api).toContain('slots(free: Boolean)')
    const rest = await page(pageInfo.endCursor)
    expect(rest.nodes.map((one) => one.version)).toEqual([3, 2, 1])
    expect(rest.nodes[2]).toMatchObject({ cause: 'RELEASE', publisher: null, changes: [] })
    expect(rest.pageInfo.hasNextPage).toBe(false)
    await expect(page('rubbish')).rejects.toThrow('BAD_USER_INPUT: after')
  })

  test('gets another key when it joins again', async () => {
    const first = await publish(rack)
    await remove('rack', true)
    const second = await publish(rack)
    expect(second.secret).not.toBeNull()
    expect(second.secret).not.toBe(first.secret)
  })
})
