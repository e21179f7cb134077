import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client'
import { beforeEach, describe, expect, test } from 'vitest'

import * as generated from '../gql/graphql'
import { byHash, hashOf } from './documents'

const { OverviewSummaryDocument } = generated
let bodies: Record<string, unknown>[] = []
let known = true
const summary = {
  __typename: 'NetworkSummary',
  devices: 1,
  up: 1,
  degraded: 0,
  down: 0,
  unreachable: 0,
  unknown: 0,
  pollsPerSecond: 0,
  pollSuccessRatio: null,
  ingestLagSeconds: null,
}
/** A gateway as far as these tests go: it knows every hash, or none. */
const answer: typeof fetch = async (_address, init) => {
  const body = JSON.parse(String(init?.body)) as Record<string, unknown>
  bodies.push(body)
  const answers = known || typeof body['query'] === 'string'
  const content = answers
    ? { data: { __typename: 'Query', networkSummary: summary } }
    : { errors: [{ message: 'x', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] }
  return new Response(JSON.stringify(content), {
    status: answers ? 200 : 404,
    headers: { 'content-type': 'application/graphql-response+json' },
  })
}
const client = new ApolloClient({
  cache: new InMemoryCache(),
  dataMasking: true,
  link: ApolloLink.from([byHash(), new HttpLink({ uri: 'http://127.0.0.1/graphql', fetch: answer })]),
})
beforeEach(() => {
  bodies = []
})

describe('documents', () => {
  test('all have a hash', () => {
    const documents = Object.entries(generated).filter(([name]) => name.endsWith('Document'))
    expect(documents.length).toBeGreaterThan(20)
    for (const [name, document] of documents) expect(hashOf(document), name).toMatch(/^[0-9a-f]{64}$/)
  })

  test('are sent by hash, without their text', async () => {
    known = true
    const { data } = await client.query({ query: OverviewSummaryDocument, fetchPolicy: 'no-cache' })
    expect(data?.networkSummary.devices).toBe(1)
    const sha256Hash = hashOf(OverviewSummaryDocument)
    expect(bodies).toMatchObject([{ extensions: { persistedQuery: { version: 1, sha256Hash } } }])
    expect(bodies[0]).not.toHaveProperty('query')
  })

  test('are sent as text where the hash is not known, and by hash again the next time', async () => {
    known = false
    const { data } = await client.query({ query: OverviewSummaryDocument, fetchPolicy: 'no-cache' })
    expect(data?.networkSummary.devices).toBe(1)
    expect(bodies).toHaveLength(2)
    expect(bodies[1]?.['query']).toContain('OverviewSummary')
    known = true
    await client.query({ query: OverviewSummaryDocument, fetchPolicy: 'no-cache' })
    expect(bodies[2]).not.toHaveProperty('query')
  })
})
