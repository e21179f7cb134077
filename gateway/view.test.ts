import { getOperationAST, type OperationDefinitionNode, parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import { compose } from '#core/service/compose.js'
import { everywhere, someone } from '#tests/kit/identity.js'
import { buildGraph, readSupergraph } from './supergraph.js'
import { readsOf, viewOf } from './view.js'

const { supergraphSchema } = buildGraph(readSupergraph())
const reads = (query: string) => {
  const document = parse(query)
  const operation = getOperationAST(document)
  if (!operation) throw new Error('no operation')
  return readsOf(supergraphSchema, document, operation)
}
const site = crypto.randomUUID()

describe('an operation reads', () => {
  test('the permissions of all its fields, through fragments too', () => {
    expect(reads('{ devices { nodes { ...D } } } fragment D on Device { name state { rttMs } }')).toEqual({
      permissions: ['device.read', 'telemetry.read'],
      personal: false,
    })
  })

  test('something personal as soon as one field depends on who asks', () => {
    expect(reads('{ viewer { user { id } } }').personal).toBe(true)
    expect(reads('{ alerts { nodes { acknowledgement { by { name } } } } }').personal).toBe(false)
    expect(reads('{ alerts { nodes { acknowledgement { by { email } } } } }').personal).toBe(true)
  })

  test('what only the caller may see, when it changes something', () => {
    expect(reads('mutation { logout }').personal).toBe(true)
  })
})

test('reads what a field requires of other subgraphs, too', () => {
  const composed = compose({
    inventory: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])
      @link(url: "https://sotp.dev/access/v1.0", import: ["@access"]) @composeDirective(name: "@access")
      directive @access(permission: String!, personal: Boolean! = false) repeatable on FIELD_DEFINITION
      type Query { device: Device @access(permission: "device.read") }
      type Device @key(fields: "id") { id: ID! secret: Secret @access(permission: "credential.read") }
      type Secret { hint: String @access(permission: "user.read", personal: true) }`,
    telemetry: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@composeDirective"])
      @link(url: "https://sotp.dev/access/v1.0", import: ["@access"]) @composeDirective(name: "@access")
      directive @access(permission: String!, personal: Boolean! = false) repeatable on FIELD_DEFINITION
      type Device @key(fields: "id") { id: ID! secret: Secret @external
        check: Boolean @requires(fields: "secret { hint }") @access(permission: "telemetry.read") }
      type Secret { hint: String @external }`,
  })
  const document = parse('{ device { check } }')
  const operation = document.definitions[0] as OperationDefinitionNode
  const { supergraphSchema: schema } = buildGraph(composed.supergraph)
  expect(readsOf(schema, document, operation)).toEqual({
    permissions: ['credential.read', 'device.read', 'telemetry.read', 'user.read'],
    personal: true,
  })
})

describe('a view', () => {
  const read = reads('{ devices { nodes { name } } }')

  test('is the same for users who may see the same, and names none of them', () => {
    const one = viewOf(read, someone({ userId: crypto.randomUUID(), name: 'One' }))
    const other = viewOf(read, someone({ userId: crypto.randomUUID(), grants: everywhere('OPERATOR') }))
    expect(one.key).toBe(other.key)
    expect(one.shared).toBe(true)
    expect(one.identity).toMatchObject({ kind: 'VIEW', name: '', grants: everywhere('VIEWER') })
  })

  test('differs by site, by right, and from nobody', () => {
    const within = viewOf(read, someone({ grants: [{ role: 'VIEWER', siteIds: [site] }] }))
    const keys = [
      viewOf(read, someone()).key,
      within.key,
      viewOf(read, someone({ grants: [] })).key,
      viewOf(read, null).key,
    ]
    expect(new Set(keys).size).toBe(4)
  })

  test('of something personal belongs to one session and is not shared', () => {
    const personal = reads('{ viewer { user { id } } }')
    const who = someone({ sessionId: crypto.randomUUID() })
    const view = viewOf(personal, who)
    expect(view).toMatchObject({ shared: false, identity: who })
    expect(view.key).not.toBe(viewOf(personal, { ...who, sessionId: crypto.randomUUID() }).key)
  })
})
