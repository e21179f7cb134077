import { type FieldDefinitionNode, parse, print, stripIgnoredCharacters } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compose } from '#core/service/compose.js'
import { Health } from '#core/service/health.js'
import { identityHeader, openIdentitySigner } from '#core/service/identity.js'
import { createLog } from '#core/service/log.js'
import { serveSubgraph } from '#core/service/subgraph-http.js'
import { internalKey, startTestGateway, type TestGateway } from '../kit/gateway.js'
import { inventorySubgraph, usersSubgraph } from './products/neighbours.js'
import { productsSubgraph } from './products/products.js'

/**
 * Apollo's federation subgraph compatibility suite
 * (https://github.com/apollographql/apollo-federation-subgraph-compatibility), assertion by assertion: `products` made
 * with our subgraph builder and served over HTTP, asked directly, and through our gateway where the suite asks a router.
 * Federated tracing (`ftv1`), which the suite counts as optional, is not offered: spans go to OpenTelemetry instead.
 */

const subgraphs = { products: productsSubgraph(), users: usersSubgraph(), inventory: inventorySubgraph() }
const { supergraph } = compose(
  Object.fromEntries(Object.values(subgraphs).map(({ name, sdl: text }) => [name, text])),
)
const stack = new AsyncDisposableStack()
let productsUrl: string
let gateway: TestGateway
/** The SDL as `_service` tells it, without what does not matter. */
let sdl: string
beforeAll(async () => {
  const log = createLog('test', 'silent')
  const { products } = subgraphs
  const served = stack.use(
    await serveSubgraph({
      subgraph: products,
      health: new Health(),
      port: 0,
      host: '127.0.0.1',
      internalKey,
      log,
    }),
  )
  productsUrl = `http://127.0.0.1:${served.port}`
  const env = { SOTP_GATEWAY_SUBGRAPHS: `products=${productsUrl}` }
  gateway = stack.use(
    await startTestGateway({ subgraphs, supergraph }, { env, local: ['users', 'inventory'] }),
  )
  const { data } = await askProducts('query { _service { sdl } }')
  sdl = stripIgnoredCharacters((data['_service'] as { sdl: string }).sdl)
})
afterAll(() => stack.disposeAsync())

interface Answer {
  data: Record<string, unknown>
  extensions?: unknown
}

/** Asks `products` directly, as a gateway does for somebody who did not sign in. No errors are expected, ever. */
async function askProducts(
  query: string,
  variables: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${productsUrl}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      [identityHeader]: await openIdentitySigner(internalKey).sign(null),
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  })
  const answer = (await response.json()) as Answer
  expect(answer).not.toHaveProperty('errors')
  return answer
}

async function askRouter(query: string, id = 'apollo-federation'): Promise<Record<string, unknown>> {
  const { body } = await gateway.ask(`query ($id: ID!) { ${query} }`, { variables: { id } })
  expect(body).not.toHaveProperty('errors')
  return body.data ?? {}
}

async function entities(selection: string, ...representations: object[]): Promise<unknown> {
  const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ${selection} } }`
  return (await askProducts(query, { representations })).data['_entities']
}

test('introspection: _service tells every type with its fields', () => {
  const wanted: Record<string, string[]> = {
    CaseStudy: ['caseNumber: ID!', 'description: String'],
    DeprecatedProduct: ['sku: String!', 'package: String!', 'reason: String', 'createdBy: User'],
    Product: [
      'id: ID!',
      'sku: String',
      'package: String',
      'variation: ProductVariation',
      'dimensions: ProductDimension',
      'createdBy: User',
      'notes: String',
      'research: [ProductResearch!]!',
    ],
    ProductDimension: ['size: String', 'weight: Float', 'unit: String'],
    ProductResearch: ['study: CaseStudy!', 'outcome: String'],
    ProductVariation: ['id: ID!'],
    User: [
      'email: ID!',
      'name: String',
      'totalProductsCreated: Int',
      'yearsOfEmployment: Int!',
      'averageProductsCreatedPerYear: Int',
    ],
    Query: [
      'product(id: ID!): Product',
      'deprecatedProduct(package: String!, sku: String!): DeprecatedProduct',
    ],
  }
  expect(sdl).toContain('type Query')
  const plain = ({ name, type, arguments: given = [] }: FieldDefinitionNode) => {
    const args = given.map((one) => `${one.name.value}: ${print(one.type)}`).sort()
    return `${name.value}${args.length > 0 ? `(${args.join(', ')})` : ''}: ${print(type)}`
  }
  const found = new Map<string, string[]>()
  for (const definition of parse(sdl).definitions) {
    if (definition.kind !== 'ObjectTypeDefinition' && definition.kind !== 'ObjectTypeExtension') continue
    const { name, fields = [] } = definition
    found.set(name.value, [...(found.get(name.value) ?? []), ...fields.map(plain)])
  }
  for (const [type, fields] of Object.entries(wanted))
    expect(found.get(type), type).toEqual(expect.arrayContaining(fields))
})

test('@link: one link to federation, of a version and with imports the suite knows', () => {
  const links = [...sdl.matchAll(/@link\(url:"https:\/\/specs\.apollo\.dev\/federation\/v([\d.]+)"(.*?)\)/g)]
  expect(links).toHaveLength(1)
  expect(links[0]?.[1]).toMatch(/^2\.[0-7]$/)
  const known =
    '@authenticated @composeDirective @extends @external @inaccessible @interfaceObject @key @override @policy @provides @requires @requiresScopes @shareable @tag FieldSet Scope Policy'
  const imports = (/import:\[(.+?)\]/.exec(links[0]?.[2] ?? '')?.[1] ?? '').replaceAll('"', '').split(' ')
  expect(imports).toContain('@key')
  for (const name of imports) expect(known.split(' ')).toContain(name)
})

describe('@key', () => {
  test('single', async () => {
    expect(sdl).toMatch(/type User(@extends)?@key\(fields:"email"( resolvable:true)?\)/)
    expect(
      await entities('...on User { email name }', { __typename: 'User', email: 'support@apollographql.com' }),
    ).toEqual([{ email: 'support@apollographql.com', name: 'Jane Smith' }])
  })
  test('multiple', async () => {
    expect(sdl).toMatch(/type DeprecatedProduct@key\(fields:"sku package"/)
    const key = { sku: 'apollo-federation-v1', package: '@apollo/federation-v1' }
    expect(
      await entities('...on DeprecatedProduct { sku package reason }', {
        __typename: 'DeprecatedProduct',
        ...key,
      }),
    ).toEqual([{ ...key, reason: 'Migrate to Federation V2' }])
  })
  test('composite', async () => {
    expect(sdl).toMatch(/type ProductResearch@key\(fields:"study { caseNumber }"/)
    expect(
      await entities('...on ProductResearch { study { caseNumber description } }', {
        __typename: 'ProductResearch',
        study: { caseNumber: '1234' },
      }),
    ).toEqual([{ study: { caseNumber: '1234', description: 'Federation Study' } }])
  })
  test('repeatable', async () => {
    expect(sdl).toMatch(/type Product@.*@key\(fields:"id"( resolvable:true)?\).*\{/)
    expect(sdl).toMatch(/type Product@.*@key\(fields:"sku package"( resolvable:true)?\).*variation/)
    expect(sdl).toMatch(/type Product@.*@key\(fields:"sku variation { id }"( resolvable:true)?\).*\{/)
    expect(
      await entities(
        '...on Product { id sku }',
        { __typename: 'Product', id: 'apollo-federation' },
        { __typename: 'Product', sku: 'federation', package: '@apollo/federation' },
        { __typename: 'Product', sku: 'studio', variation: { id: 'platform' } },
      ),
    ).toEqual([
      { id: 'apollo-federation', sku: 'federation' },
      { id: 'apollo-federation', sku: 'federation' },
      { id: 'apollo-studio', sku: 'studio' },
    ])
  })
})

test('@extends and @external: the type of another subgraph and its fields', () => {
  expect(sdl).toMatch(/type User@extends/)
  for (const field of ['email:ID!', 'totalProductsCreated:Int', 'yearsOfEmployment:Int!'])
    expect(sdl).toContain(`${field}@external`)
})

test('@shareable: a type of two subgraphs', async () => {
  expect(sdl).toMatch(/type ProductDimension@shareable/)
  expect(await askRouter('product(id: $id) { dimensions { size weight } }')).toEqual({
    product: { dimensions: { size: 'small', weight: 1 } },
  })
})

test('@tag', () => {
  expect(sdl).not.toContain('@federation__tag')
  expect(sdl).toContain('@tag(name:"internal")')
})

test('@override: the field comes from here, not from where it was', async () => {
  expect(sdl).toMatch(/@override\(from:"users"\)/)
  expect(await askRouter('product(id: $id) { createdBy { name } }')).toEqual({
    product: { createdBy: { name: 'Jane Smith' } },
  })
})

test('@provides: a field of another subgraph is answered here', async () => {
  expect(sdl).toMatch(/createdBy:User@provides\(fields:"totalProductsCreated"\)/)
  const query = 'query ($id: ID!) { product(id: $id) { createdBy { email totalProductsCreated } } }'
  const createdBy = { email: 'support@apollographql.com', totalProductsCreated: 1337 }
  expect((await askProducts(query, { id: 'apollo-federation' })).data).toEqual({ product: { createdBy } })
  // `users` would say 10.
  expect(await askRouter('product(id: $id) { createdBy { email totalProductsCreated } }')).toEqual({
    product: { createdBy },
  })
})

test('@requires: a field is computed from those of another subgraph', async () => {
  expect(sdl).toMatch(
    /averageProductsCreatedPerYear:Int@requires\(fields:"totalProductsCreated yearsOfEmployment"\)/,
  )
  expect(
    await askRouter('product(id: $id) { createdBy { averageProductsCreatedPerYear email } }'),
  ).toMatchObject({
    product: {
      createdBy: {
        averageProductsCreatedPerYear: expect.any(Number),
        email: 'support@apollographql.com',
      },
    },
  })
  expect(
    await askRouter('product(id: $id) { delivery(zip: "94111") { estimatedDelivery fastestDelivery } }'),
  ).toEqual({ product: { delivery: { estimatedDelivery: '5/1/2019', fastestDelivery: '5/1/2019' } } })
})

test('@inaccessible: known to the subgraph, hidden from clients', async () => {
  expect(sdl).not.toContain('@federation__inaccessible')
  expect(sdl).toContain('unit:String@inaccessible')
  const query = 'query ($id: ID!) { product(id: $id) { dimensions { unit } } }'
  expect((await askProducts(query, { id: 'apollo-federation' })).data).toEqual({
    product: { dimensions: { unit: 'kg' } },
  })
  const { status, body } = await gateway.ask(query, { variables: { id: 'apollo-federation' } })
  expect([status, body.errors?.[0]?.extensions['code']]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED'])
})

test('@interfaceObject: a field for everything that implements an interface of another subgraph', async () => {
  expect(sdl).toMatch(/type Inventory.*@interfaceObject/)
  expect(sdl).toMatch(/type Inventory.*@key\(fields:"id"( resolvable:true)?\)/)
  const deprecatedProducts = [{ sku: 'apollo-federation-v1', reason: 'Migrate to Federation V2' }]
  expect(await askRouter('inventory(id: $id) { deprecatedProducts { sku reason } }', 'apollo-oss')).toEqual({
    inventory: { deprecatedProducts },
  })
  const inner = '__typename ... on OpenSourceInventory { products { sku } deprecatedProducts { sku reason } }'
  expect(await askRouter(`inventory(id: $id) { ${inner} }`, 'apollo-oss')).toEqual({
    inventory: {
      __typename: 'OpenSourceInventory',
      products: [{ sku: 'federation' }],
      deprecatedProducts,
    },
  })
})

test('@access of an @interfaceObject reaches the interface and all that implement it', () => {
  const fields = parse(supergraph).definitions.flatMap((one) =>
    one.kind === 'InterfaceTypeDefinition' || one.kind === 'ObjectTypeDefinition' ? (one.fields ?? []) : [],
  )
  const found = fields.filter(({ name }) => name.value === 'deprecatedProducts')
  expect(found).toHaveLength(2)
  for (const field of found) expect(field.directives?.map(print)).toContain('@access(permission: "public")')
})

test('@composeDirective: a directive of another specification reaches the supergraph', () => {
  expect(sdl).toMatch(/@link\(url:"https:\/\/myspecs\.dev\/myCustomDirective\/v1\.0" import:\["@custom"\]\)/)
  expect(sdl).toMatch(/schema.*@composeDirective\(name:"@custom"\)/)
  expect(sdl).toMatch(/directive@custom on OBJECT/)
  expect(sdl).toMatch(/type Product@custom.*\{/)
  expect(stripIgnoredCharacters(supergraph)).toMatch(/type Product(@join__\w+\([^)]*\))*@custom/)
})

test('@deprecated root field', async () => {
  const query =
    '{ deprecatedProduct(sku: "apollo-federation-v1", package: "@apollo/federation-v1") { reason } }'
  expect((await askProducts(query)).data).toEqual({
    deprecatedProduct: { reason: 'Migrate to Federation V2' },
  })
})

test('ftv1: not offered, and asking for it does no harm', async () => {
  const header = { 'apollo-federation-include-trace': 'ftv1' }
  expect(await askProducts('query { __typename }', {}, header)).toEqual({ data: { __typename: 'Query' } })
})
