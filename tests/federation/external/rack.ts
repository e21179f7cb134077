import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { graphql, parse } from 'graphql'

/**
 * A subgraph as somebody outside writes it: it knows nothing of SOTP but this SDL, its address, and the key it was
 * given when it was published. It adds to each device where it stands.
 */
export const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])

type Device @key(fields: "id") {
  id: ID!
  "Room, rack and unit. Null: nobody has noted it."
  rackPosition: String
}`

/** Starts it. `key`: `secret` of publishSubgraph. `positions`: where each device stands, by its id. */
export async function startRack(key: () => string, positions: ReadonlyMap<string, string>, port = 0) {
  const schema = buildSubgraphSchema([
    {
      typeDefs: parse(sdl),
      resolvers: {
        Device: {
          __resolveReference: ({ id }: { id: string }) => ({ id, rackPosition: positions.get(id) ?? null }),
        },
      },
    },
  ])
  const asked: (string | undefined)[] = []
  const server = createServer(async (request, response) => {
    const who = identityOf(request.headers['x-sotp-identity'], key())
    if (who === undefined) return response.writeHead(401).end('{"errors":[{"message":"Who are you?"}]}')
    asked.push(who?.email)
    let body = ''
    for await (const chunk of request) body += chunk
    const { query, variables } = JSON.parse(body)
    const result = await graphql({ schema, source: query, variableValues: variables, contextValue: { who } })
    return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    /** E-mail of who asked, once a request; undefined: nobody was signed in. */
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Who asks: a JWT that the gateway signed (HS256). Null: nobody who signed in. Undefined: not the gateway. */
function identityOf(token: string | string[] | undefined, key: string): { email: string } | null | undefined {
  if (typeof token !== 'string') return undefined
  const [head = '', payload = '', signature = ''] = token.split('.')
  const expected = createHmac('sha256', key).update(`${head}.${payload}`).digest()
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString())
  const { aud, exp, who } = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return alg === 'HS256' && aud === 'sotp-subgraph' && exp * 1000 > Date.now() ? who : undefined
}
