import { readFileSync } from 'node:fs'
import { buildSchema, type GraphQLSchema, isObjectType } from 'graphql'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import WebSocket from 'ws'

import { identityHeader, openIdentitySigner } from '#core/service/identity.js'
import { internalKey } from '#tests/kit/whole-graph.js'

import { type Access, accessOf, holds, personalIn } from './access.js'
import { entityEntries, nestedArgs, rootEntries } from './fixtures.js'
import { type Asking, type Entry, type Question, questionsOf } from './operations.js'
import { type Caller, type Scene, startScene } from './scene.js'

/** Who may read what: every field and entity, by everybody, on every way in. */
const api = buildSchema(readFileSync('graphql/schema.graphql', 'utf8'))
const supergraph = buildSchema(readFileSync('graphql/supergraph.graphql', 'utf8'), { assumeValidSDL: true })
const isShown = (type: string, field: string): boolean => {
  const known = api.getType(type)
  return isObjectType(known) && known.getFields()[field] !== undefined
}
const apiAccess = accessOf(supergraph, isShown)
const personal = personalIn(supergraph)
const signer = openIdentitySigner(internalKey)

let scene: Scene
beforeAll(async () => {
  scene = await startScene()
}, 120_000)
afterAll(() => scene[Symbol.asyncDispose]())

interface Answer {
  data?: unknown
  errors?: readonly { message: string; extensions?: { code?: string; permission?: string } }[]
}

const brief = (query: string, told: string) => `${query.slice(0, 300)} → ${told.slice(0, 500)}`

/** Whether there is anything in the values of an answer: an empty list would hide nothing from nobody. */
const isFound = (query: string, values: readonly unknown[]): boolean =>
  query.includes('_entities') ? (values[0] ?? null) !== null : values.length > 0 && !values.some(isEmpty)

const isEmpty = (value: unknown): boolean =>
  value === null || (value as { nodes?: unknown[] }).nodes?.length === 0

/** What is wrong with an answer; undefined: nothing. */
function fault(
  caller: Caller,
  { query, given, refused, finds }: Question,
  answer: Answer,
): string | undefined {
  const told = given.reduce(
    (text, one) => text.replaceAll(one, '…'),
    JSON.stringify({ data: answer.data, errors: answer.errors }),
  )
  const hidden = refused.length > 0 ? [...scene.strange, ...scene.own] : caller.site ? scene.strange : []
  const leaked = hidden.find((mark) => told.includes(mark))
  if (leaked) return `tells ${leaked}: ${brief(query, told)}`
  const values = Object.values((answer.data ?? {}) as object).flat()
  if (refused.length === 0) {
    if (answer.errors) return `is not answered: ${brief(query, told)}`
    return finds && !isFound(query, values) ? `finds nothing: ${brief(query, told)}` : undefined
  }
  const error = answer.errors?.find(({ extensions }) =>
    ['FORBIDDEN', 'UNAUTHENTICATED'].includes(extensions?.code ?? ''),
  )
  const named = refused.some((one) => error?.message.includes(one) && error.extensions?.permission === one)
  if (!named && !(caller.identity === null && error?.extensions?.code === 'UNAUTHENTICATED'))
    return `is not refused for ${refused}: ${brief(query, told)}`
  if (!query.includes('denied:')) {
    return values.some((value) => value !== null)
      ? `is answered all the same: ${brief(query, told)}`
      : undefined
  }
  return /"denied":(?!null)/.test(told) ? `is answered all the same: ${brief(query, told)}` : undefined
}

type Ask = (question: Question) => Promise<Answer>

/** Types of what each was told of, by name. */
const seenBy = new Map<string, Set<string>>()
function see({ name }: Caller, { data }: Answer): void {
  const seen = seenBy.get(name) ?? new Set()
  for (const [, type = ''] of JSON.stringify(data ?? null).matchAll(/"__typename":"(\w+)"/g)) seen.add(type)
  seenBy.set(name, seen)
}

/** Asks everything as somebody; faults by name. */
async function faultsOf(caller: Caller, questions: readonly Question[], ask: Ask): Promise<string[]> {
  const faults: string[] = []
  for (const question of questions) {
    const answer = await ask(question)
    see(caller, answer)
    const found = fault(caller, question, answer)
    if (found) faults.push(`${caller.name}: ${question.name} ${found}`)
  }
  return faults
}

const askingFor = (schema: GraphQLSchema, access: Access, caller: Caller): Asking => ({
  schema,
  access,
  personal,
  args: nestedArgs(scene),
  holds: (permission) => holds(caller.identity, permission),
})

/** Coordinates that can only be seen in the answer to a mutation or in an event. */
function onlyElsewhere(access: Access, asked: ReadonlySet<string>): string[] {
  const reached = [...access.keys()].filter(
    (one) => !asked.has(one) && !/^(Query|Mutation|Subscription)\./.test(one),
  )
  return [...new Set(reached.map((one) => one.split('.')[0] ?? ''))].sort()
}

describe('at the gateway', () => {
  const asked = new Set<string>()
  const askedBy = new Map<string, Set<string>>()
  const questionsFor = (caller: Caller) => {
    const entries: Entry[] = rootEntries(api, apiAccess, scene, caller)
    const own = new Set<string>()
    const questions = questionsOf(entries, askingFor(api, apiAccess, caller), own)
    askedBy.set(caller.name, own)
    for (const coordinate of own) asked.add(coordinate)
    return questions
  }

  test('over HTTP everybody reads what they may and nothing else', async () => {
    const faults: string[] = []
    for (const caller of scene.callers) {
      const headers: Record<string, string> = caller.token ? { authorization: `Bearer ${caller.token}` } : {}
      const ask: Ask = ({ query, variables }) =>
        scene.graph.post(scene.graph.url, { query, variables }, headers)
      faults.push(...(await faultsOf(caller, questionsFor(caller), ask)))
    }
    expect(faults).toEqual([])
  }, 120_000)

  test('over WebSocket, too', async () => {
    const faults: string[] = []
    for (const caller of scene.callers) {
      if (!caller.token) continue
      const client = createClient({
        url: `${scene.graph.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { accessToken: caller.token },
        retryAttempts: 0,
      })
      const ask: Ask = async ({ query, variables }) => {
        const payload = { query, ...(variables && { variables }) }
        const { value } = await client.iterate(payload).next()
        return value as Answer
      }
      faults.push(...(await faultsOf(caller, questionsFor(caller), ask)))
      await client.dispose()
    }
    expect(faults).toEqual([])
  }, 120_000)

  test('every field of every type was asked for', () => {
    expect(onlyElsewhere(apiAccess, asked)).toEqual([
      'AlertEvent',
      'ConnectionTest',
      'CreateApiTokenPayload',
      'CreateInvitePayload',
      'DeviceChange',
      'DeviceStateEvent',
      'IcmpTest',
      'ImportRejection',
      'ImportResult',
      'ImportedRow',
      'OidcPayload',
      'OidcRedirect',
      'PublishedSubgraph',
      'RecoveryCodes',
      'Sample',
      'SampleBatch',
      'SavedSink',
      'SessionPayload',
      'SinkTest',
      'SnmpTestResult',
      'TopologyChange',
      'TotpSetup',
      'TrapEvent',
    ])
  })

  test('everybody saw something of every type that they may see', () => {
    // Of changes that break something, and of an audit log that somebody changed.
    // A neighbour that nobody watches is at the far end of a link, and ends are followed at the near one.
    const rare = ['AffectedOperation', 'AuditFault', 'BrokenOperation', 'SchemaChange', 'UnwatchedNeighbor']
    const faults = scene.callers.flatMap(({ name, identity }) => {
      if (!identity) return []
      const types = new Set(
        [...(askedBy.get(name) ?? [])].map((coordinate) => coordinate.split('.')[0] ?? ''),
      )
      const unseen = [...types].filter((type) => !seenBy.get(name)?.has(type) && !rare.includes(type))
      return unseen.map((type) => `${name}: no ${type}`)
    })
    expect(faults).toEqual([])
  })
})

describe('at each subgraph itself, by a signed identity', () => {
  test('everybody reads what they may and nothing else, by root field and by entity', async () => {
    const faults: string[] = []
    for (const { name, schema } of Object.values(scene.graph.subgraphs)) {
      const access = accessOf(schema, () => true)
      const url = scene.graph.served[name] ?? ''
      for (const caller of scene.callers) {
        const entries = [
          ...rootEntries(schema, access, scene, caller),
          ...entityEntries(schema, access, scene),
        ]
        const questions = questionsOf(entries, askingFor(schema, access, caller), new Set())
        const headers = { [identityHeader]: await signer.sign(caller.identity) }
        const ask: Ask = ({ query, variables }) => scene.graph.post(url, { query, variables }, headers)
        faults.push(...(await faultsOf(caller, questions, ask)).map((one) => `${name}: ${one}`))
      }
    }
    expect(faults).toEqual([])
  }, 120_000)

  test('nobody reads anything without one', async () => {
    const { graph, id } = scene
    const query = `{ device(id: "${id.mine}") { name } }`
    for (const url of Object.values(graph.served)) {
      for (const headers of [
        {},
        { authorization: `Bearer ${scene.admin}` },
        { [identityHeader]: scene.admin },
      ]) {
        const answer = await graph.post(url, { query }, headers as Record<string, string>)
        expect(answer.status).toBe(401)
        expect(answer.text).not.toContain('mine')
      }
    }
  })
})
