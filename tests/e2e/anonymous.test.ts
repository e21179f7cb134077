import { readFileSync } from 'node:fs'
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import WebSocket from 'ws'

import { type Product, startProduct } from '#tests/kit/product.js'

const schema = buildSchema(readFileSync('graphql/schema.graphql', 'utf8'))
/** The only fields that answer somebody who has not signed in. */
const open = [
  ...['viewer', 'registrationOpen', 'signInOptions', 'invite'],
  ...['login', 'register', 'acceptInvite', 'beginOidc', 'completeOidc', 'refreshSession', 'logout'],
]

let product: Product
beforeAll(async () => {
  // A stranger's budget is for signing in; here one asks for the whole graph.
  const env = { SOTP_GATEWAY_RATE_ANONYMOUS_PER_MINUTE: '1000000' }
  product = await startProduct({ args: ['--no-lab'], env })
}, 120_000)
afterAll(() => product[Symbol.asyncDispose]())

/** Any value of a type that validation lets pass. */
function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType)
  if (isListType(type)) return `[${literal(type.ofType)}]`
  if (isEnumType(type)) return type.getValues()[0]?.name ?? ''
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(isRequiredInputField)
    return `{ ${fields.map((field) => `${field.name}: ${literal(field.type)}`).join(', ')} }`
  }
  if (type.name === 'Int' || type.name === 'Float') return '1'
  if (type.name === 'Boolean') return 'true'
  return type.name === 'ID' ? `"${crypto.randomUUID()}"` : '"2026-01-01T00:00:00Z"'
}

function operation(kind: string, field: GraphQLField<unknown, unknown>): string {
  const args = field.args.filter(isRequiredArgument).map((arg) => `${arg.name}: ${literal(arg.type)}`)
  const selection = isLeafType(getNamedType(field.type)) ? '' : ' { __typename }'
  return `${kind} { ${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${selection} }`
}

const fieldsOf = (type: ReturnType<typeof schema.getQueryType>) => Object.values(type?.getFields() ?? {})
const closed = (field: { name: string }) => !open.includes(field.name)

test('every field but those for signing in is closed to somebody who has not', async () => {
  const operations = [
    ...fieldsOf(schema.getQueryType())
      .filter(closed)
      .map((field) => operation('query', field)),
    ...fieldsOf(schema.getMutationType())
      .filter(closed)
      .map((field) => operation('mutation', field)),
  ]
  expect(operations.length).toBeGreaterThan(30)
  const answers = await Promise.all(
    operations.map(async (query) => {
      const response = await fetch(`${product.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      })
      const { data, errors } = (await response.json()) as {
        data?: Record<string, unknown> | null
        errors?: { extensions: { code: string } }[]
      }
      const leaked = Object.values(data ?? {}).some((value) => value !== null)
      return `${query} → ${leaked ? 'ANSWERED' : errors?.[0]?.extensions.code}`
    }),
  )
  expect(answers.filter((answer) => !answer.endsWith('→ UNAUTHENTICATED'))).toEqual([])
})

test('a socket without a token is closed with 4403', async () => {
  const closedWith = new Promise<number>((resolve) => {
    const client = createClient({
      url: `${product.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      lazy: false,
      retryAttempts: 0,
      onNonLazyError: () => {},
      on: { closed: (event) => resolve((event as { code: number }).code) },
    })
    client.on('connected', () => resolve(0))
  })
  expect(await closedWith).toBe(4403)
})
