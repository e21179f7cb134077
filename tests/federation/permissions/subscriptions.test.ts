import { readFileSync } from 'node:fs'
import { buildSchema, isObjectType } from 'graphql'
import { type Client, createClient, type SubscribePayload } from 'graphql-ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import WebSocket from 'ws'

import { openIdentitySigner } from '#core/service/identity.js'
import { internalKey } from '#tests/kit/whole-graph.js'

import { accessOf, holds, personalIn } from './access.js'
import { nestedArgs } from './fixtures.js'
import { type Question, questionsOf } from './operations.js'
import { type Caller, type Scene, startScene } from './scene.js'
import { subscriptionEntries } from './subscription-cases.js'

/** Who may follow what: every subscription, by everybody, at the gateway and at the subgraphs themselves. */
const api = buildSchema(readFileSync('graphql/schema.graphql', 'utf8'))
const supergraph = buildSchema(readFileSync('graphql/supergraph.graphql', 'utf8'), { assumeValidSDL: true })
const apiAccess = accessOf(supergraph, (type, field) => {
  const known = api.getType(type)
  return isObjectType(known) && known.getFields()[field] !== undefined
})
const personal = personalIn(supergraph)
const signer = openIdentitySigner(internalKey)

let scene: Scene
const clients = new Set<Client>()
beforeAll(async () => {
  scene = await startScene()
}, 120_000)
const hangUp = async () => {
  for (const client of clients) await client.dispose()
  clients.clear()
}
afterAll(async () => {
  await hangUp()
  await scene[Symbol.asyncDispose]()
})

interface Event {
  data?: unknown
  errors?: readonly { message: string; extensions?: { code?: string } }[]
}
interface Stream {
  caller: Caller
  question: Question
  /** Each event in JSON; a refusal is an event with errors, and the last. */
  told: string[]
}

function follow(client: Client, caller: Caller, question: Question, payload: SubscribePayload): Stream {
  const stream: Stream = { caller, question, told: [] }
  const hide = (event: Event) =>
    question.given.reduce((text, one) => text.replaceAll(one, '…'), JSON.stringify(event))
  client.subscribe<Record<string, unknown>>(payload, {
    next: (event) => void stream.told.push(hide(event as Event)),
    error: (errors) => void stream.told.push(hide({ errors: errors as Event['errors'] & object })),
    complete: () => {},
  })
  return stream
}

const connect = (url: string, connectionParams: Record<string, unknown>): Client => {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams,
    retryAttempts: 0,
  })
  clients.add(client)
  return client
}

/** What somebody may follow with all they may read of it, and what they may not follow. */
function questionsFor(caller: Caller, schema = api, access = apiAccess): Question[] {
  const asking = {
    schema,
    access,
    personal,
    args: nestedArgs(scene),
    holds: (permission: Parameters<typeof holds>[1]) => holds(caller.identity, permission),
  }
  return subscriptionEntries(schema, access, scene).flatMap((entry) =>
    questionsOf([entry], asking, new Set()).slice(0, 1),
  )
}

/** Who follows at the same time: few enough that one round is told to all before the next. */
type Group = () => Promise<Stream[]>

/** A group for each caller. */
const atGateway = (): Group[] =>
  scene.callers
    .filter(({ token }) => token)
    .map((caller) => async () => {
      const client = connect(scene.graph.url, { accessToken: caller.token })
      return questionsFor(caller).map((question) =>
        follow(client, caller, question, { query: question.query }),
      )
    })

/** A group for each subgraph. */
const atSubgraphs = (): Group[] =>
  Object.values(scene.graph.subgraphs).map(({ name, schema }) => async () => {
    const streams: Stream[] = []
    const client = connect(scene.graph.served[name] ?? '', { identity: await signer.sign(null) })
    const access = accessOf(schema, () => true)
    for (const caller of scene.callers) {
      const extensions = { identity: await signer.sign(caller.identity) }
      for (const question of questionsFor(caller, schema, access))
        streams.push(follow(client, caller, question, { query: question.query, extensions }))
    }
    return streams
  })

let round = 0
/** Something happens everywhere, on the other site first. Nothing goes away: whoever reads late must still find names. */
async function happen(): Promise<void> {
  round += 1
  const { graph, admin, id, poll, now } = scene
  for (const one of [id.other, id.none, id.mine]) {
    await graph.must(admin, `mutation { updateDevice(input: { id: "${one}", tags: ["t${round}"] }) { id } }`)
  }
  for (const [core, site, siteId] of [
    [id.other, 'other', id.otherSite],
    [id.mine, 'mine', id.site],
  ]) {
    const address = `10.${site === 'mine' ? 1 : 2}.1.${round}`
    const device = `{ name: "${site}-new-${round}", address: "${address}", siteId: "${siteId}" }`
    const made = await graph.must(admin, `mutation { createDevice(input: ${device}) { id } }`)
    const link = `{ fromDeviceId: "${core}", toDeviceId: "${made.createDevice.id}" }`
    await graph.must(admin, `mutation { createLink(input: ${link}) { id } }`)
  }
  for (const one of [id.otherAlert, id.myAlert])
    await graph.must(admin, `mutation { commentAlert(id: "${one}", comment: "c${round}") { id } }`)
  // So little that a figure of the other site still begins as `scene.strange` knows it.
  await poll(now - 200_000 + round * 1000, round / 100_000)
}

/** What only an event of the other site holds. */
const ofOther = /other-|777\.25/

/**
 * Streams that must have told of the first site, or of the other to those who may see all, and have not yet; and refusals
 * that have not come.
 */
function waiting(streams: readonly Stream[]): string[] {
  return streams
    .filter(({ caller, question, told }) => {
      if (question.refused.length > 0) return told.length === 0
      if (!question.finds) return caller.site === undefined && !told.some((event) => ofOther.test(event))
      // A sample names its device, which was asked for; all else names the first site's.
      return !told.some((event) => /mine-|"value":5|…/.test(event) || event.includes(scene.id.mine))
    })
    .map(({ caller, question }) => `${caller.name}: ${question.query}`)
}

function faults(streams: readonly Stream[]): string[] {
  return streams.flatMap(({ caller, question, told }) => {
    const all = told.join('\n')
    const name = `${caller.name}: ${question.name}`
    if (question.refused.length > 0) {
      const code = caller.identity ? 'FORBIDDEN' : 'UNAUTHENTICATED'
      const isRefused = told.length === 1 && all.includes(code) && !all.includes('"data":{')
      return isRefused ? [] : [`${name} is not refused: ${all}`]
    }
    if (all.includes('"errors"')) return [`${name} is not answered: ${all}`]
    const leaked = caller.site ? scene.strange.find((mark) => all.includes(mark)) : undefined
    return leaked ? [`${name} tells ${leaked}: ${all}`] : []
  })
}

test.each([
  ['at the gateway', atGateway],
  ['at each subgraph itself', atSubgraphs],
])(
  '%s everybody follows what they may and nothing else',
  async (_, groups) => {
    let count = 0
    for (const open of groups()) {
      const streams = await open()
      count += streams.length
      await expect
        .poll(
          async () => {
            await happen()
            return waiting(streams)
          },
          { timeout: 60_000, interval: 500 },
        )
        .toEqual([])
      expect(faults(streams)).toEqual([])
      await hangUp()
    }
    expect(count).toBeGreaterThan(80)
  },
  240_000,
)
