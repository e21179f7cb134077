import { buildSchema } from 'graphql'
import { describe, expect, test } from 'vitest'

import { emptyCookieJar } from '#core/service/request.js'

import { plannedFields } from './aliases.js'
import { openDocuments } from './documents.js'
import type { ClientContext } from './links/link.js'

const schema = buildSchema('type Query { a: Int device(id: ID): Query }')
const nobody: ClientContext = {
  identity: null,
  requestId: 'r',
  ip: null,
  userAgent: null,
  cookies: emptyCookieJar,
  liveUrl: '',
}

describe('documents', () => {
  test('are parsed once and found again by the hash of their text', () => {
    const documents = openDocuments(schema, 'signed-in', plannedFields(schema))
    const first = documents.admit({ query: '{ a }' }, nobody)
    const second = documents.admit({ query: '{ a }' }, nobody)
    if (!('prepared' in first) || !('prepared' in second)) throw new Error('refused')
    expect(second.prepared).toBe(first.prepared)
    expect(documents.byHash(first.prepared.hash)).toBe(first.prepared.document)
  })

  test('that were not used for longest are forgotten first', () => {
    const documents = openDocuments(schema, 'signed-in', plannedFields(schema))
    const hashOf = (query: string) => {
      const admitted = documents.admit({ query }, nobody)
      return 'prepared' in admitted ? admitted.prepared.hash : ''
    }
    const used = hashOf('{ a }')
    const unused = hashOf('{ b: a }')
    for (let n = 0; n < 1500; n += 1) {
      hashOf(`{ a${n}: a }`)
      hashOf('{ a }')
    }
    expect(documents.byHash(used)).toBeDefined()
    expect(documents.byHash(unused)).toBeUndefined()
    // Large ones push out many: the bound is on the text altogether.
    for (let n = 0; n < 20; n += 1) hashOf(`{ b${n}: a } # ${'x'.repeat(60_000)}`)
    expect(documents.byHash(used)).toBeUndefined()
  })

  test('may be read by introspection as the setting says', () => {
    const refused = (policy: 'everyone' | 'nobody') =>
      'refused' in
      openDocuments(schema, policy, plannedFields(schema)).admit(
        { query: '{ __schema { types { name } } }' },
        nobody,
      )
    expect(refused('everyone')).toBe(false)
    expect(refused('nobody')).toBe(true)
    expect(
      'refused' in
        openDocuments(schema, 'nobody', plannedFields(schema)).admit({ query: '{ __typename }' }, nobody),
    ).toBe(false)
  })
})
