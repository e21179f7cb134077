/** One request that must be refused: by its parts, or by the bytes of its body. */
export interface HostileRequest {
  name: string
  query?: unknown
  variables?: unknown
  operationName?: unknown
  /** The whole body instead. */
  body?: string | Uint8Array
  headers?: Record<string, string>
  /** Without a token. */
  anonymous?: boolean
}

const times = (count: number, make: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => make(n)).join(' ')
const nested = (count: number, open: string, inner: string, close: string): string =>
  `${open.repeat(count)}${inner}${close.repeat(count)}`

/** Documents that grow when they are spread, compared or validated. */
const growing: HostileRequest[] = [
  {
    name: '30 nested fragments, each spread twice',
    query: `{ ...F0 } ${times(30, (n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`)} fragment F30 on Query { viewer { email } }`,
  },
  ...[100, 500, 1000, 2000].map((n) => ({
    name: `${n} aliases with an entity hop`,
    query: `{ ${times(n, (i) => `a${i}: device(id: "${i}") { name reachability }`)} }`,
  })),
  {
    name: '100 aliases of a hop below one field',
    query: `{ ${times(51, (i) => `... { a${i}: device(id: "1") { reachability } }`)} }`,
  },
  { name: '30,000 duplicate fields', query: `{ viewer { ${'email '.repeat(30_000)} } }` },
  { name: '900 duplicate fields', query: `{ viewer { ${'email '.repeat(900)} } }` },
  { name: '2,000 overlapping fields', query: `{ ${'viewer { email } '.repeat(2000)} }` },
  {
    name: 'overlapping fields through fragments',
    query: `{ ${'...F '.repeat(50)} } fragment F on Query { ${'viewer { email } '.repeat(10)} }`,
  },
  { name: '10,000 directives', query: `{ viewer { email ${'@x '.repeat(10_000)} } }` },
  { name: '200 known directives', query: `{ viewer { email ${'@include(if: true) '.repeat(200)} } }` },
  { name: 'a fragment that contains itself', query: '{ ...A } fragment A on Query { ...A }' },
  {
    name: 'a cycle of two fragments below fields',
    query: '{ device(id: "1") { ...A } } fragment A on Device { ...B } fragment B on Device { name ...A }',
  },
  {
    name: '60 fragments that all contain each other',
    query: `{ ...F0 } ${times(60, (n) => `fragment F${n} on Query { ${times(60, (m) => `...F${m}`)} }`)}`,
  },
  {
    name: 'a chain of 500 fragments',
    query: `{ ...F0 } ${times(500, (n) => `fragment F${n} on Query { viewer { email } ...F${n + 1} }`)} fragment F500 on Query { viewer { email } }`,
  },
  {
    name: '900 fragments side by side',
    query: `{ ${times(900, (n) => `...F${n}`)} } ${times(900, (n) => `fragment F${n} on Query { a${n}: viewer { email } }`)}`,
  },
  {
    name: '1,000 operations',
    query: times(1000, (n) => `query Q${n} { viewer { email } }`),
    operationName: 'Q1',
  },
  { name: '2,000 variables', query: `query (${times(2000, (n) => `$v${n}: Int`)}) { viewer { email } }` },
  { name: '1,000 unknown fields', query: `{ viewer { ${times(1000, (n) => `emial${n}`)} } }` },
  { name: '60 logins at once', query: `mutation { ${times(60, (n) => `a${n}: login(email: "x@y.z")`)} }` },
]

/** Texts that are hard to read. */
const texts: HostileRequest[] = [
  { name: '3,000 levels of selections', query: nested(3000, '{ a ', '', '}') },
  { name: '9,000 brackets in an argument', query: `{ down(ids: ${nested(9000, '[', '', ']')}) { id } }` },
  { name: 'a string of 1 MB', query: `{ device(id: "${'x'.repeat(1_000_000)}") { name } }` },
  { name: 'a name of 90 KB', query: `{ ${'a'.repeat(90_000)} }` },
  { name: 'a name beyond ASCII', query: '{ viewér { email } }' },
  { name: 'a name of look-alike letters', query: '{ vіewer { email } }' },
  { name: 'half of a surrogate pair', query: '{ device(id: "\ud800") { name } \ud800 }' },
  { name: 'a NUL', query: '{ viewer\u0000 { email } }' },
  { name: 'an open block string', query: `{ device(id: """${'"'.repeat(50_000)}` },
  {
    name: 'an integer of 10,000 digits',
    query: `{ device(id: ${'9'.repeat(10_000)}, x: ${'9'.repeat(80_000)}) { name } }`,
  },
  { name: 'a number that is none', query: '{ device(id: 1.e9) { name } }' },
  { name: '50,000 comments', query: `${'#\n'.repeat(50_000)}{` },
  { name: 'a field __proto__', query: '{ viewer { __proto__ } }' },
  { name: 'an argument constructor', query: '{ device(id: "1", constructor: 1) { name } }' },
  { name: 'a fragment on __proto__', query: '{ ... on __proto__ { a } }' },
  {
    name: 'an operation that is not there',
    query: 'query A { viewer { email } }',
    operationName: '__proto__',
  },
]

/** Schema reading that explodes. */
const introspections: HostileRequest[] = [
  { name: 'introspection by a stranger', query: '{ __schema { types { name } } }', anonymous: true },
  {
    name: 'introspection by a stranger, hidden in a fragment',
    query: '{ ...F } fragment F on Query { x: __type(name: "Device") { name } }',
    anonymous: true,
  },
  {
    name: 'introspection that follows fields to types to fields',
    query: `{ __schema { types ${nested(5, '{ fields { type ', '{ name }', '} }')} } }`,
  },
  {
    name: 'the same whole introspection 50 times',
    query: `{ ${times(50, (n) => `a${n}: __schema { types { ...T } }`)} } fragment T on __Type { name fields { name args { name type { name } } type { name } } inputFields { name } enumValues { name } possibleTypes { name } }`,
  },
  { name: 'a name that is nearly one, by a stranger', query: '{ viewerr { email } }', anonymous: true },
]

const ask = 'query ($ids: [ID!]!) { devices(ids: $ids) { name } }'

/** Variables that are too much, or something else than they seem. */
const variables: HostileRequest[] = [
  {
    name: 'variables nested 100,000 levels',
    body: `{"query":"${ask}","variables":{"ids":${nested(100_000, '[', '', ']')}}}`,
  },
  {
    name: 'variables nested 300 levels of objects',
    query: ask,
    variables: JSON.parse(nested(300, '{"a":', '1', '}')),
  },
  { name: '100,000 values', query: ask, variables: { ids: Array(100_000).fill('1') } },
  { name: 'a text of 1 MB', query: ask, variables: { ids: ['x'.repeat(1_000_000)] } },
  { name: 'a variable __proto__', body: `{"query":"${ask}","variables":{"ids":["1"],"__proto__":{"x":1}}}` },
  {
    name: '__proto__ within a variable',
    body: `{"query":"${ask}","variables":{"ids":[{"__proto__":{"x":1}}]}}`,
  },
  { name: 'a number beyond all', body: `{"query":"${ask}","variables":{"ids":1e999}}` },
  { name: 'an object for an id', query: ask, variables: { ids: [{ toString: 1 }] } },
  { name: 'a list instead of variables', query: ask, variables: [1, 2] },
  { name: 'a text instead of variables', query: ask, variables: '{"ids":["1"]}' },
  { name: 'variables that are not there', query: ask },
]

/** Bodies that are no single GraphQL request. */
const bodies: HostileRequest[] = [
  { name: 'a batch', body: JSON.stringify(Array(100).fill({ query: '{ viewer { email } }' })) },
  { name: 'an empty batch', body: '[]' },
  { name: 'an empty body', body: '' },
  { name: 'no JSON', body: '{"query": "{ viewer { email } }"' },
  { name: '1,000,000 brackets', body: '['.repeat(1_000_000) },
  { name: 'a number for a document', query: 7 },
  { name: 'a document of white space', query: ' \n ' },
  {
    name: 'a hash that nobody knows',
    body: '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}',
  },
  { name: 'a hash __proto__', body: '{"documentId":"__proto__"}' },
  { name: 'bytes that are not UTF-8', body: Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]) },
  {
    name: 'a form',
    body: 'query=%7Bviewer%7Bemail%7D%7D',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  },
  {
    name: 'a plain text',
    body: '{"query":"{ viewer { email } }"}',
    headers: { 'content-type': 'text/plain' },
  },
  {
    name: 'a packed body',
    body: Uint8Array.from([0x1f, 0x8b, 8, 0, 0]),
    headers: { 'content-encoding': 'gzip' },
  },
  {
    name: '300 KB from a stranger',
    body: JSON.stringify({ query: `{ viewer { email } } #${'x'.repeat(300_000)}` }),
    anonymous: true,
  },
  {
    name: 'more than 10 MB',
    body: JSON.stringify({ query: `{ viewer { email } } #${'x'.repeat(10_500_000)}` }),
  },
  { name: 'a subscription by POST', query: 'subscription { stateChanged { cursor } }' },
]

/** Requests to a gateway over the small graph that each must be refused with 4xx and a code. */
export const hostileRequests: readonly HostileRequest[] = [
  ...growing,
  ...texts,
  ...introspections,
  ...variables,
  ...bodies,
]

/** Sends one. */
export async function sendHostile(
  url: string,
  { query, variables: given, operationName, body, headers, anonymous }: HostileRequest,
  token: string,
): Promise<{ status: number; codes: unknown[]; headers: Headers; text: string }> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(!anonymous && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: (body as string | undefined) ?? JSON.stringify({ query, variables: given, operationName }),
  })
  const text = await response.text()
  const answer = JSON.parse(text) as { errors?: { extensions?: { code?: unknown } }[] }
  const codes = (answer.errors ?? []).map(({ extensions }) => extensions?.code)
  return { status: response.status, codes, headers: response.headers, text }
}
