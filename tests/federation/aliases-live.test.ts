import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'

import { startTestGateway, type TestGateway } from '../kit/gateway.js'
import { smallGraph } from '../kit/small-graph.js'

const { state, ...graph } = smallGraph()
let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({ ...graph, state })
})
afterAll(() => gateway[Symbol.asyncDispose]())

test('aliases that take the name of a key hold in events and in queries over WebSocket, too', async () => {
  state.snapshot = ['7', 'bad']
  const client = createClient({
    url: gateway.url.replace('http', 'ws').concat('/graphql'),
    webSocketImpl: WebSocket,
    connectionParams: { accessToken: await gateway.token() },
    lazyCloseTimeout: 0,
  })
  const events = client.iterate({ query: 'subscription { id: stateChanged { id: device { id: name } } }' })
  expect((await events.next()).value).toEqual({ data: { id: { id: { id: 'name of 7' } } } })
  expect((await events.next()).value?.errors?.[0]).toMatchObject({
    path: ['id', 'id'],
    extensions: { code: 'NOT_FOUND' },
  })
  await events.return?.()
  const answer = await client.iterate({ query: '{ id: down(ids: ["7"]) { id: reachability name } }' }).next()
  expect(answer.value).toEqual({ data: { id: [{ id: 'state of 7', name: 'name of 7' }] } })
  await client.dispose()
})
