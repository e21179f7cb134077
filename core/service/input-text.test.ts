import { Arg, ID, Query, Resolver } from 'type-graphql'
import { expect, test } from 'vitest'

import { requestBy } from '#tests/kit/alerting.js'
import { someone } from '#tests/kit/identity.js'
import { Requires } from './authorize.js'
import { createLog } from './log.js'
import { createSubgraph } from './subgraph.js'

@Resolver()
class EchoResolver {
  @Query(() => ID, { description: 'The same.' })
  @Requires('device.read')
  thing(@Arg('id', () => ID, { description: 'Any.' }) id: string): string {
    return id
  }
}
const subgraph = createSubgraph({
  name: 'echo',
  resolvers: [new EchoResolver()],
  references: {},
  log: createLog('test', 'silent'),
})

test.each([
  ['a zero byte', 'a\u0000b', 'id: must not contain a zero byte'],
  ['half a character', 'a\ud800b', 'id: must be Unicode without halves of characters'],
])('text with %s is refused before a resolver sees it, after the permission', async (_, id, message) => {
  const { execute } = subgraph
  const request = { query: 'query ($id: ID!) { thing(id: $id) }', variables: { id } }
  const { errors } = await execute(request, requestBy('VIEWER'))
  expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT', field: 'id' } }])
  const refused = await execute(request, { ...requestBy('VIEWER'), identity: someone({ grants: [] }) })
  expect(refused.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
})
