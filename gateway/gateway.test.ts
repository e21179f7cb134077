import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../tests/kit/gateway.js'
import { smallGraph } from '../tests/kit/small-graph.js'

let gateway: TestGateway
let token: string
const { state, ...graph } = smallGraph()
beforeAll(async () => {
  gateway = await startTestGateway({ ...graph, state })
  token = await gateway.token()
})
afterAll(() => gateway[Symbol.asyncDispose]())
beforeEach(() => {
  state.loads.length = 0
  state.contexts.length = 0
})

describe('a federated query', () => {
  test('joins entities', async () => {
    const r = await gateway.ask('{ down(ids: ["1", "2"]) { reachability name } }', { token })
    expect(r.body).toEqual({
      data: {
        down: [
          { reachability: 'state of 1', name: 'name of 1' },
          { reachability: 'state of 2', name: 'name of 2' },
        ],
      },
    })
    expect(r.status).toBe(200)
  })
})
