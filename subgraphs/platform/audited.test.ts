import { expect, vi } from 'vitest'

import { type AuditedCase, auditsEveryMutation } from '#tests/kit/audit.js'
import { patiently, rack as rackWith, registryOf, startPlatform } from '#tests/kit/platform.js'
import { type Sink, sinksOf } from '#tests/kit/sink-scene.js'
import { alertsDocument, openReceiver } from '#tests/kit/sinks.js'

async function open() {
  const platform = await startPlatform({ SOTP_PLATFORM_SINK_PRIVATE: 'allow' })
  const receiver = await openReceiver()
  // Nothing else writes to its tables from then on.
  await vi.waitFor(async () => expect((await platform.told())?.version).toBe(1), patiently)
  return {
    subgraph: platform.room.subgraph,
    databaseUrl: platform.database,
    schema: 'platform',
    registry: registryOf(platform),
    sinks: sinksOf(platform),
    receiver,
    async [Symbol.asyncDispose]() {
      await receiver[Symbol.asyncDispose]()
      await platform[Symbol.asyncDispose]()
    },
  }
}
type Room = Awaited<ReturnType<typeof open>>

const canaries = ['canary-in-a-path', 'canary-in-a-query', 'canary-password']
const [inPath, inQuery, password] = canaries
const hash = expect.stringMatching(/^[0-9a-f]{64}$/)
const nowhere = crypto.randomUUID()

/** A sink as the log shows it. */
const seen = (name: string, more: object = {}) => ({
  ...{ name, url: 'https://hooks.example.net', urlSha256: hash, document: alertsDocument, variables: {} },
  ...{ owner: expect.any(String), state: 'ACTIVE', cursor: null },
  ...more,
})
const hook = `https://hooks.example.net/${inPath}`
const makeSink = async ({ sinks }: Room, name: string, url = hook): Promise<Sink> =>
  (await sinks.create({ name, url })).sink
const targetOf = ({ id, name }: Sink) => ({ type: 'Sink', id, label: name })
const ofId = (field: string, { id }: Sink, more: object = {}) => ({
  query: `mutation ${field} }`,
  variables: { id, ...more },
  bad: { variables: { id: nowhere, ...more }, code: 'NOT_FOUND' as const },
})
const rackTarget = { type: 'RegisteredSubgraph', id: 'rack', label: 'rack' }
const rack = rackWith('  rackPosition: String')

const cases: Record<string, (room: Room) => Promise<AuditedCase>> = {
  async createSink() {
    const variables = { filter: { severities: ['CRITICAL'] }, password }
    const input = { name: 'pager', url: `${hook}?key=${inQuery}`, document: alertsDocument, variables }
    return {
      query: 'mutation ($input: CreateSinkInput!) { createSink(input: $input) { sink { id } secret } }',
      variables: { input },
      target: { type: 'Sink', id: expect.any(String), label: 'pager' },
      before: null,
      after: seen('pager', {
        owner: 'Ada',
        variables: { filter: { severities: ['CRITICAL'] }, password: '[redacted]' },
      }),
      bad: { variables: { input: { ...input, document: '{ devices' } }, code: 'BAD_USER_INPUT' },
    }
  },
  async updateSink(room) {
    const sink = await makeSink(room, 'chat')
    const owner = expect.any(String)
    const input = { url: 'https://other.example.net/hook', paused: true, rotateSecret: true }
    return {
      query:
        'mutation ($id: ID!, $input: UpdateSinkInput!) { updateSink(id: $id, input: $input) { sink { id } secret } }',
      variables: { id: sink.id, input },
      target: targetOf(sink),
      before: { url: 'https://hooks.example.net', urlSha256: hash, owner, state: 'ACTIVE' },
      after: {
        ...{ url: 'https://other.example.net', urlSha256: hash, owner: 'Ada', state: 'PAUSED' },
        secretReplaced: true,
      },
      bad: { variables: { id: sink.id, input: { name: ' ' } }, code: 'BAD_USER_INPUT' },
    }
  },
  async deleteSink(room) {
    const sink = await makeSink(room, 'old')
    return {
      ...ofId('($id: ID!) { deleteSink(id: $id) { id }', sink),
      target: targetOf(sink),
      before: seen('old'),
      after: null,
    }
  },
  async resumeSink(room) {
    const sink = await makeSink(room, 'stopped')
    await room.sinks.update(sink.id, { paused: true })
    const after = '1700000000000000-0'
    return {
      ...ofId('($id: ID!, $after: String) { resumeSink(id: $id, after: $after) { id }', sink, { after }),
      target: targetOf(sink),
      before: { state: 'PAUSED', cursor: null },
      after: { state: 'ACTIVE', cursor: after },
    }
  },
  async testSink(room) {
    const sink = await makeSink(room, 'tried', room.receiver.url)
    return {
      ...ofId('($id: ID!) { testSink(id: $id) { delivered }', sink),
      target: targetOf(sink),
      before: null,
      after: { message: expect.stringMatching(/^test_/) },
      effect: async () => room.receiver.received.length,
      onlyEffect: true,
    }
  },
  async publishSubgraph() {
    return {
      query:
        'mutation ($input: PublishSubgraphInput!) { publishSubgraph(input: $input) { secret subgraph { name } } }',
      variables: { input: rack },
      target: rackTarget,
      before: null,
      after: {
        ...{ url: rack.url, sdlSha256: hash, fault: null, version: expect.any(Number) },
        ...{ publisher: 'Ada', forced: false },
      },
      bad: { variables: { input: { ...rack, sdl: 'type Device {' } }, code: 'SCHEMA_INVALID' },
    }
  },
  async removeSubgraph(room) {
    await room.registry.publish(rack)
    return {
      query: 'mutation ($name: ID!) { removeSubgraph(name: $name) { name } }',
      variables: { name: 'rack' },
      target: rackTarget,
      before: {
        ...{ url: rack.url, sdlSha256: hash, fault: null, version: expect.any(Number) },
        publisher: expect.any(String),
      },
      after: null,
      bad: { variables: { name: 'shelf' }, code: 'NOT_FOUND' },
    }
  },
}
auditsEveryMutation(open, cases, canaries)
