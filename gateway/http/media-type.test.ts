import { afterAll, beforeAll, expect, test } from 'vitest'

import { startTestGateway, type TestGateway } from '../../tests/kit/gateway.js'
import { smallGraph } from '../../tests/kit/small-graph.js'
import { mediaTypeFor } from './media-type.js'

const json = 'application/json'
const modern = 'application/graphql-response+json'
const headers: [string | undefined, string | undefined][] = [
  [undefined, json],
  ['', json],
  ['*/*', json],
  ['application/*', json],
  [json, json],
  [modern, modern],
  [`${modern}, ${json}`, modern],
  [`${json}, ${modern}`, json],
  [`${modern};q=0.5, ${json};q=0.9`, json],
  [`${modern}; charset=utf-8, ${json}; charset=utf-8`, modern],
  [`${json};q=0.5, ${modern}`, modern],
  [`${modern}, */*;q=0.1`, modern],
  [`text/html, ${json};q=0`, undefined],
  ['text/html', undefined],
  [`text/html, */*;q=0.8`, json],
  [`*/*, ${modern};q=0.3`, json],
  ['application/json; charset=latin1', undefined],
]

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway(smallGraph())
})
afterAll(() => gateway[Symbol.asyncDispose]())

test.each(headers)('of an answer to "%s" is %s', (accept, type) => {
  expect(mediaTypeFor(accept)).toBe(type)
  // Decided once and remembered.
  expect(mediaTypeFor(accept)).toBe(type)
})

test.each(headers.filter(([accept]) => accept))(
  'to "%s" is as @apollo/server has it',
  async (accept, type) => {
    const ask = async (body: unknown) => {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: accept ?? '' },
        body: JSON.stringify(body),
      })
      return [response.status, response.headers.get('content-type')]
    }
    // An empty operation name is no ordinary request, so @apollo/server answers it.
    const theirs = await ask({ query: '{ viewer { email } }', operationName: '' })
    const ours = await ask({ query: '{ viewer { email } }' })
    expect(ours).toEqual(type === undefined ? theirs : [200, theirs[1]])
    if (type !== undefined) expect(theirs[1]).toBe(`${type}; charset=utf-8`)
    else expect(theirs[0]).toBe(406)
  },
)
