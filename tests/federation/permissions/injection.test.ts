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
  Kind,
  parse,
  valueFromASTUntyped,
} from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { password } from '#tests/kit/whole-graph.js'

import { mutationCases } from './mutation-cases.js'
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

let made = 0
/** What has to be unique is. */
const unique = (args: string): string => {
  made += 1
  return args
    .replaceAll('"new"', `"new-${made}"`)
    .replaceAll('"new@', `"new-${made}@`)
    .replaceAll('10.1.0.9', `10.9.${made >> 8}.${made & 255}`)
}

/** Arguments as a client would give them in variables. */
function valuesOf(args: string): Record<string, unknown> {
  const [definition] = parse(`{ field${unique(args)} }`).definitions
  const field =
    definition?.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet.selections[0] : undefined
  const given = field?.kind === Kind.FIELD ? (field.arguments ?? []) : []
  return Object.fromEntries(given.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]))
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
  const selection = isLeafType(type) ? '' : `{ __typename ${leaves.map(({ name }) => name).join(' ')} }`
  const variables = used.map(({ name, type: one }) => `$${name}: ${one}`).join(', ')
  const args = used.map(({ name }) => `${name}: $${name}`).join(', ')
  return `${kind} (${variables}) { result: ${field.name}(${args}) ${selection} }`
}

async function tryAll(
  kind: 'query' | 'mutation',
  field: GraphQLField<unknown, unknown>,
  base: () => Record<string, unknown>,
): Promise<string[]> {
  const faults: string[] = []
  for (const path of field.args.flatMap(({ name, type }) => places(type, [name]))) {
    for (const [what, text] of Object.entries(texts)) {
      const variables = withText(base(), path, text) as Record<string, unknown>
      const query = operation(kind, field, variables)
      const headers = { authorization: `Bearer ${scene.admin}` }
      const answer = await scene.graph.post(scene.graph.url, { query, variables }, headers)
      const code = answer.errors?.[0]?.extensions.code
      const back = answer.data?.result?.[String(path.at(-1))]
      const isText = typeof back !== 'string' || [text, text.trim(), text.toLowerCase()].includes(back)
      if (answer.status >= 500 || code === 'INTERNAL_SERVER_ERROR' || (!code && !isText))
        faults.push(`${field.name} ${path.join('.')} with ${what}: ${answer.text.slice(0, 200)}`)
    }
  }
  return faults
}

test('every mutation stores what is written as it is written, or refuses it in words', async () => {
  const bases: Record<string, () => Record<string, unknown>> = {
    login: () => ({ input: { email: `nobody-${made++}@example.net`, password } }),
    register: () => ({ input: { email: 'a@example.net', name: 'A', password } }),
  }
  for (const [name, { does }] of Object.entries(mutationCases(scene))) bases[name] = () => valuesOf(does)
  const faults: string[] = []
  for (const field of Object.values(api.getMutationType()?.getFields() ?? {})) {
    faults.push(...(await tryAll('mutation', field, bases[field.name] ?? (() => ({})))))
  }
  expect(faults).toEqual([])
}, 300_000)

test('every query finds by what is written, or refuses it in words', async () => {
  const bases: Record<string, () => Record<string, unknown>> = {
    checkSubgraph: () => ({
      input: { name: 'rack', url: 'http://127.0.0.1:9/', sdl: 'type Query { a: Int }' },
    }),
  }
  const faults: string[] = []
  for (const field of Object.values(api.getQueryType()?.getFields() ?? {})) {
    faults.push(...(await tryAll('query', field, bases[field.name] ?? (() => ({})))))
  }
  expect(faults).toEqual([])
}, 300_000)
