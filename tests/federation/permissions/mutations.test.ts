import { readFileSync } from 'node:fs'
import { buildSchema, getNamedType, isLeafType, isObjectType } from 'graphql'
import { createClient } from 'graphql-ws'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import WebSocket from 'ws'

import { identityHeader, openIdentitySigner } from '#core/service/identity.js'
import { asSuperuser } from '#tests/kit/stores.js'
import { internalKey } from '#tests/kit/whole-graph.js'

import { type Access, accessOf, holds } from './access.js'
import { mutationCases, openMutations } from './mutation-cases.js'
import { type Caller, type Scene, startScene } from './scene.js'

/** Who may do what: every mutation, by everybody, on every way in; what is refused changes nothing. */
const api = buildSchema(readFileSync('graphql/schema.graphql', 'utf8'))
const supergraph = buildSchema(readFileSync('graphql/supergraph.graphql', 'utf8'), { assumeValidSDL: true })
const isShown = (type: string, field: string): boolean => {
  const known = api.getType(type)
  return isObjectType(known) && known.getFields()[field] !== undefined
}
const access: Access = accessOf(supergraph, isShown)
const signer = openIdentitySigner(internalKey)
const mutations = Object.values(api.getMutationType()?.getFields() ?? {}).filter(
  ({ name }) => !openMutations.includes(name),
)

let scene: Scene
let sql: pg.Client
beforeAll(async () => {
  scene = await startScene()
  sql = new pg.Client({ connectionString: asSuperuser(scene.graph.databaseUrl) })
  await sql.connect()
}, 120_000)
afterAll(async () => {
  await sql.end()
  await scene[Symbol.asyncDispose]()
})

interface Answer {
  data?: unknown
  errors?: readonly { message: string; extensions?: { code?: string; permission?: string } }[]
}

function operation(name: string, args: string): string {
  const field = api.getMutationType()?.getFields()[name]
  const selection = field && isLeafType(getNamedType(field.type)) ? '' : '{ __typename }'
  return `mutation { ${name}${args} ${selection} }`
}

/** Every row of every subgraph in one digest; when a token was last used is written down at any time. */
async function everything(): Promise<Record<string, string>> {
  const { rows } = await sql.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname = ANY($1)`,
    [['inventory', 'telemetry', 'alerting', 'auth', 'platform']],
  )
  const digests: Record<string, string> = {}
  for (const { name } of rows) {
    const text = `(to_jsonb(t) - 'last_used_at')::text`
    const found = await sql.query<{ digest: string }>(
      `SELECT md5(coalesce(string_agg(${text}, ',' ORDER BY ${text}), '')) AS digest FROM ${name} t`,
    )
    digests[name] = found.rows[0]?.digest ?? ''
  }
  return digests
}

type Ask = (query: string) => Promise<Answer>

const lackingOf = (name: string, { identity }: Caller) =>
  (access.get(`Mutation.${name}`) ?? []).filter((one) => !holds(identity, one))

/** Tries all that somebody may not do; what was not refused as it must be, by name. */
async function refusals(caller: Caller, names: readonly string[], ask: Ask): Promise<string[]> {
  const cases = mutationCases(scene)
  const faults: string[] = []
  for (const name of names) {
    const { does = '', needs } = cases[name] ?? {}
    const stated = lackingOf(name, caller)
    const lacking = stated.length === 0 && needs && !holds(caller.identity, needs) ? [needs] : stated
    if (lacking.length === 0) continue
    const { data, errors } = await ask(operation(name, does))
    const error = errors?.[0]
    const code = error?.extensions?.code
    // What is another's need not even be there.
    const isHidden = stated.length === 0 && code === 'NOT_FOUND'
    const isRefused =
      caller.identity === null
        ? code === 'UNAUTHENTICATED'
        : isHidden || (code === 'FORBIDDEN' && lacking.some((one) => error?.message.includes(one)))
    const told = JSON.stringify({ data, errors })
    if (!isRefused || data) faults.push(`${caller.name}: ${name} is not refused for ${lacking}: ${told}`)
  }
  return faults
}

const overHttp = ({ token }: Caller): Ask => {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
  return (query) => scene.graph.post(scene.graph.url, { query }, headers)
}

test('every mutation has its case here', () => {
  expect(Object.keys(mutationCases(scene)).sort()).toEqual(mutations.map(({ name }) => name).sort())
  for (const { name } of mutations) expect(access.get(`Mutation.${name}`), name).not.toEqual([])
})

test('what somebody may not do is refused on every way in, and changes nothing', async () => {
  const before = await everything()
  const names = mutations.map(({ name }) => name)
  const faults: string[] = []
  for (const caller of scene.callers) {
    faults.push(...(await refusals(caller, names, overHttp(caller))))
    if (caller.token) {
      const client = createClient({
        url: `${scene.graph.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { accessToken: caller.token },
        retryAttempts: 0,
      })
      const ask: Ask = async (query) => (await client.iterate({ query }).next()).value as Answer
      faults.push(...(await refusals(caller, names, ask)))
      await client.dispose()
    }
    const headers = { [identityHeader]: await signer.sign(caller.identity) }
    for (const { name, schema } of Object.values(scene.graph.subgraphs)) {
      const own = Object.keys(schema.getMutationType()?.getFields() ?? {}).filter((one) =>
        names.includes(one),
      )
      const ask: Ask = (query) => scene.graph.post(scene.graph.served[name] ?? '', { query }, headers)
      faults.push(...(await refusals(caller, own, ask)))
    }
  }
  expect(faults).toEqual([])
  expect(await everything()).toEqual(before)
}, 120_000)

test('nobody whose grants end at one site does anything at another, nor learns of it', async () => {
  const before = await everything()
  const faults: string[] = []
  let tried = 0
  for (const caller of scene.callers.filter(({ site }) => site)) {
    for (const [name, { elsewhere }] of Object.entries(mutationCases(scene))) {
      if (elsewhere === undefined || lackingOf(name, caller).length > 0) continue
      tried += 1
      const answer = await overHttp(caller)(operation(name, elsewhere))
      const told = JSON.stringify(answer.errors ?? answer.data)
      const named = [...elsewhere.matchAll(/"([^"]+)"/g)].map(([, text]) => text ?? '')
      const rest = named.reduce((text, one) => text.replaceAll(one, '…'), told)
      const code = answer.errors?.[0]?.extensions?.code ?? 'DONE'
      const leaked = scene.strange.find((mark) => rest.includes(mark))
      if (leaked || !['NOT_FOUND', 'FORBIDDEN', 'BAD_USER_INPUT'].includes(code))
        faults.push(`${caller.name}: ${name} ${code} ${told}`)
    }
  }
  expect(faults).toEqual([])
  expect(tried).toBeGreaterThan(8)
  expect(await everything()).toEqual(before)
})

test('what somebody may do is not refused', async () => {
  const faults: string[] = []
  for (const caller of scene.callers) {
    await scene.forgetAttempts()
    for (const [name, { cannot }] of Object.entries(mutationCases(scene))) {
      if (lackingOf(name, caller).length > 0) continue
      const { data, errors } = await overHttp(caller)(operation(name, cannot))
      const code = errors?.[0]?.extensions?.code ?? 'DONE'
      if (['FORBIDDEN', 'UNAUTHENTICATED', 'RATE_LIMITED', 'INTERNAL_SERVER_ERROR'].includes(code))
        faults.push(`${caller.name}: ${name} ${code} ${JSON.stringify({ data, errors })}`)
    }
  }
  expect(faults).toEqual([])
}, 60_000)
