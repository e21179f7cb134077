import { readFileSync } from 'node:fs'
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'

import type { HttpAnswer } from '#tests/kit/whole-graph.js'

import { type Base, bearer, mutationBases } from './injection-cases.js'
import { type Scene, startScene } from './scene.js'

/** Text that means something to a database, a browser, a terminal, a template or a header: here it is text, or refused. */
const api = buildSchema(readFileSync('graphql/schema.graphql', 'utf8'))
const texts: Record<string, string> = {
  SQL: `'); DROP TABLE device; --`,
  'a wildcard of SQL': `%_\\`,
  HTML: '<script>alert(1)</script><img src=x onerror=alert(1)>',
  'a template': '$'.concat('{7*7}{{7*7}}<%= 7*7 %>#{7*7}'),
  'a header': 'a\r\nSet-Cookie: sotp_refresh=stolen',
  'a colour of a terminal': '\u001b[31mred\u001b[0m',
  'a zero byte': 'a\u0000b',
  'half a character': 'a\ud800b',
  'right to left': 'a\u202egnp.exe',
  'a path': '../../../../etc/passwd',
  'a formula': `=cmd|' /C calc'!A0`,
  'a format': '%s%n%x',
  'a prototype': '__proto__',
  'a query of another database': '{"$gt": ""}',
}

let scene: Scene
beforeAll(async () => {
  scene = await startScene()
}, 120_000)
afterAll(() => scene[Symbol.asyncDispose]())

type Path = readonly (string | number)[]

/** Every place of an input where a text may stand. */
function places(type: GraphQLInputType, path: Path, above: readonly string[] = []): Path[] {
  if (isNonNullType(type)) return places(type.ofType, path, above)
  if (isListType(type)) return places(type.ofType, [...path, 0], above)
  if (isInputObjectType(type)) {
    if (above.includes(type.name)) return []
    const inner = [...above, type.name]
    return Object.values(type.getFields()).flatMap((field) =>
      places(field.type, [...path, field.name], inner),
    )
  }
  if (type.name === 'JSONObject') return [[...path, 'any']]
  return type.name === 'String' || type.name === 'ID' ? [path] : []
}

/** The same value with this text at a place, which is made where it is not there. */
function withText(value: unknown, [step, ...rest]: Path, text: string): unknown {
  if (step === undefined) return text
  if (typeof step === 'number') return [withText(Array.isArray(value) ? value[step] : undefined, rest, text)]
  const known = (value ?? {}) as Record<string, unknown>
  return { ...known, [step]: withText(known[step], rest, text) }
}

/** What of an answer that is no entity tells back what was written. */
const inside: Record<string, string> = {
  CreateApiTokenPayload: 'token { name }',
  CreateInvitePayload: 'invite { email }',
  SavedSink: 'sink { name url document }',
  SessionPayload: 'viewer { user { email name } }',
}

/** The operation with all arguments in variables; it asks for every text of what comes back. */
function operation(kind: 'query' | 'mutation', field: GraphQLField<unknown, unknown>, given: object): string {
  const used = field.args.filter(({ name }) => name in given)
  const type = getNamedType(field.type)
  const leaves = isObjectType(type)
    ? Object.values(type.getFields()).filter(
        (one) => isLeafType(getNamedType(one.type)) && !one.args.some(isRequiredArgument),
      )
    : []
  const told = [...leaves.map(({ name }) => name), inside[type.name] ?? '']
  const selection = isLeafType(type) ? '' : `{ __typename ${told.join(' ')} }`
  const variables = used.map(({ name, type: one }) => `$${name}: ${one}`).join(', ')
  const args = used.map(({ name }) => `${name}: $${name}`).join(', ')
  return `${kind} (${variables}) { result: ${field.name}(${args}) ${selection} }`
}

/** What stands under a name in an answer, or deeper in it. */
function under(result: unknown, name: string): unknown {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return undefined
  if (name in result) return (result as Record<string, unknown>)[name]
  return Object.values(result)
    .map((inner) => under(inner, name))
    .find((found) => found !== undefined)
}

/** Inputs of which a text came back as it was written. */
const stored = new Set<string>()

/** What means that nobody looked at the text. */
const unseen = ['GRAPHQL_VALIDATION_FAILED', 'RATE_LIMITED', 'FORBIDDEN', 'UNAUTHENTICATED']

/** What is wrong with the answer to a text; undefined: nothing. */
function fault(text: string, name: string, { status, data, errors }: HttpAnswer): string | undefined {
  const { message = '', extensions } = errors?.[0] ?? {}
  const code = extensions?.code
  // It was looked at, and went on its way to a collector: none runs here.
  if (code === 'COLLECTOR_UNAVAILABLE') return undefined
  if (status >= 500 || code === 'INTERNAL_SERVER_ERROR') return 'fails'
  if (message.startsWith('Variable "') || (code && unseen.includes(code))) return 'is not looked at'
  const back = under(data?.result, name)
  const isText = typeof back !== 'string' || [text, text.trim(), text.toLowerCase()].includes(back)
  return code || isText ? undefined : 'is changed'
}

async function tryAll(
  kind: 'query' | 'mutation',
  field: GraphQLField<unknown, unknown>,
  base: () => Base | Promise<Base>,
): Promise<string[]> {
  const faults: string[] = []
  for (const path of field.args.flatMap(({ name, type }) => places(type, [name]))) {
    for (const [what, text] of Object.entries(texts)) {
      await scene.forgetAttempts()
      const { variables: given, headers = bearer(scene.admin) } = await base()
      const variables = withText(given, path, text) as Record<string, unknown>
      const query = operation(kind, field, variables)
      const answer = await scene.graph.post(scene.graph.url, { query, variables }, headers)
      const found = fault(text, String(path.at(-1)), answer)
      if (!found && under(answer.data?.result, String(path.at(-1))) === text)
        stored.add(`${field.name} ${path.join('.')}`)
      if (found)
        faults.push(`${field.name} ${path.join('.')} with ${what} ${found}: ${answer.text.slice(0, 200)}`)
    }
  }
  return faults
}

test('every mutation stores what is written as it is written, or refuses it in words', async () => {
  const bases = mutationBases(scene)
  const faults: string[] = []
  for (const field of Object.values(api.getMutationType()?.getFields() ?? {})) {
    faults.push(...(await tryAll('mutation', field, bases[field.name] ?? (() => ({ variables: {} })))))
  }
  expect(faults).toEqual([])
  const names = ['acceptInvite', 'register', 'updateUser', 'createUser', 'createDevice', 'createSink']
  expect([...stored]).toEqual(
    expect.arrayContaining([...names.map((one) => `${one} input.name`), 'createSite input.city']),
  )
}, 300_000)

test('every query finds by what is written, or refuses it in words', async () => {
  const bases: Record<string, Base> = {
    checkSubgraph: {
      variables: { input: { name: 'rack', url: 'http://127.0.0.1:9/', sdl: 'type Query { a: Int }' } },
    },
  }
  const faults: string[] = []
  for (const field of Object.values(api.getQueryType()?.getFields() ?? {})) {
    faults.push(...(await tryAll('query', field, () => bases[field.name] ?? { variables: {} })))
  }
  expect(faults).toEqual([])
}, 300_000)
