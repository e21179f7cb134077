import { buildSchema } from 'graphql'
import { expect, test } from 'vitest'

import { namedTarget } from './audit-target.js'

const schema = buildSchema(`
  type Query { nothing: Int }
  type Sink { id: ID! name: String! }
  type SavedSink { sink: Sink! secret: String }
  type Subgraph { name: ID! }
  input SinkInput { id: ID name: String }
  type Mutation {
    createSink(input: SinkInput!): SavedSink!
    updateSink(input: SinkInput!): SavedSink!
    deleteSink(id: ID!): Sink!
    pollNow(deviceId: ID!): Boolean!
    removeSubgraph(force: Boolean, name: ID!): Subgraph!
    revokeApiToken(id: ID!): Boolean!
    closeAll(userId: ID): Boolean!
  }`)

test.each([
  ['createSink', { input: { name: 'pager' } }, null],
  ['createSink', {}, null],
  ['updateSink', { input: { id: '7', name: 'pager' } }, { type: 'Sink', id: '7' }],
  ['deleteSink', { id: '7' }, { type: 'Sink', id: '7' }],
  ['pollNow', { deviceId: '7' }, { type: 'Device', id: '7' }],
  ['removeSubgraph', { force: true, name: 'rack' }, { type: 'Subgraph', id: 'rack' }],
  ['revokeApiToken', { id: '7' }, { type: 'ApiToken', id: '7' }],
  ['closeAll', { userId: null }, null],
])('%s of %j is about %j', (name, args, target) => {
  const field = schema.getMutationType()?.getFields()[name]
  if (!field) throw new Error(name)
  expect(namedTarget(field, args)).toEqual(target && { ...target, label: '' })
})
