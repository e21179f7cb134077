import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { errors } from '#core/contract/errors.js'

import { startTestGateway, type TestGateway } from '../../tests/kit/gateway.js'
import { hostileRequests, sendHostile } from '../../tests/kit/hostile.js'
import { smallGraph } from '../../tests/kit/small-graph.js'

const graph = smallGraph()
let gateway: TestGateway
let token: string
beforeAll(async () => {
  gateway = await startTestGateway(graph)
  token = await gateway.token()
})
afterAll(() => gateway[Symbol.asyncDispose]())

describe('a hostile request', () => {
  test.each(hostileRequests)('is refused with a code: $name', async (request) => {
    graph.state.loads.length = 0
    const { status, codes, text } = await sendHostile(gateway.url, request, token)
    expect(status, text.slice(0, 300)).toBeGreaterThanOrEqual(400)
    expect(status, text.slice(0, 300)).toBeLessThan(500)
    expect(codes.length).toBeGreaterThan(0)
    for (const code of codes) expect(Object.keys(errors)).toContain(code)
    // It reached no subgraph, told no internals, and nobody else is the worse for it.
    expect(graph.state.loads).toEqual([])
    expect(text).not.toMatch(/node_modules|stack|at \w+ \(/)
    if (request.anonymous) expect(text).not.toContain('Did you mean')
    const { body } = await gateway.ask('{ device(id: "1") { name reachability } }', { token })
    expect(body).toEqual({ data: { device: { name: 'name of 1', reachability: 'state of 1' } } })
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})
