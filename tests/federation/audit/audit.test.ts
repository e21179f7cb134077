import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { compose } from '#core/service/compose.js'
import { startTestGateway, type TestGateway } from '../../kit/gateway.js'
import { type PlainSubgraph, plainSubgraph } from './plain-subgraph.js'
import { type Ask, federation, type Shape } from './shape.js'
import { abstractFragments } from './shapes/abstract-fragments.js'
import { aliases } from './shapes/aliases.js'
import { complexKeys } from './shapes/complex-keys.js'
import { enums } from './shapes/enums.js'
import { includeSkip } from './shapes/include-skip.js'
import { interfaceObject } from './shapes/interface-object.js'
import { mutations } from './shapes/mutations.js'
import { nullKeys } from './shapes/null-keys.js'
import { override } from './shapes/override.js'
import { provides } from './shapes/provides.js'
import { requiresArguments } from './shapes/requires-arguments.js'
import { requiresChain } from './shapes/requires-chain.js'
import { sharedRoot } from './shapes/shared-root.js'
import { unions } from './shapes/unions.js'

/**
 * The most telling shapes of a federated graph, of the kinds that the Guild's federation gateway audit collects
 * (https://github.com/graphql-hive/federation-gateway-audit), composed and asked through our gateway.
 */
const shapes: Readonly<Record<string, Shape>> = {
  'abstract types behind fragments': abstractFragments,
  'aliases that shadow keys and prototypes': aliases,
  'keys of many parts, different in each subgraph': complexKeys,
  'enums and inputs that subgraphs know in part': enums,
  '@include and @skip': includeSkip,
  '@interfaceObject': interfaceObject,
  'mutations of many subgraphs': mutations,
  'entities that are not there': nullKeys,
  '@override': override,
  '@provides': provides,
  '@requires with arguments and fragments': requiresArguments,
  '@requires of what requires': requiresChain,
  'a root field of many subgraphs': sharedRoot,
  'unions with different members': unions,
}

describe.each(Object.entries(shapes))('%s', (_name, { subgraphs, asks }) => {
  const made: Record<string, PlainSubgraph> = {}
  let gateway: TestGateway
  beforeAll(async () => {
    for (const [name, [sdl, resolvers]] of Object.entries(subgraphs))
      made[name] = plainSubgraph(name, federation + sdl, resolvers)
    const { supergraph } = compose(
      Object.fromEntries(Object.values(made).map(({ name, sdl }) => [name, sdl])),
    )
    gateway = await startTestGateway({ subgraphs: made, supergraph })
  })
  afterAll(() => gateway[Symbol.asyncDispose]())

  async function answerTo({ query, variables = {} }: Ask) {
    const { body } = await gateway.ask(query, { variables })
    const errors = (body.errors ?? []).map(
      ({ extensions, path = [] }) => `${extensions['code']} at ${path.join('.')}`,
    )
    return { data: body.data ?? null, errors }
  }

  async function hold(ask: Ask): Promise<void> {
    for (const { asked } of Object.values(made)) asked.length = 0
    const answer = await answerTo(ask)
    expect(answer).toEqual({ data: ask.data, errors: ask.errors ?? [] })
    // The specification orders fields as they were asked for.
    expect(JSON.stringify(answer.data)).toBe(JSON.stringify(ask.data))
    const calls = Object.entries(made).filter(([, { asked }]) => asked.length > 0)
    if (ask.calls)
      expect(Object.fromEntries(calls.map(([name, { asked }]) => [name, asked.length]))).toEqual(ask.calls)
    if (ask.query.startsWith('mutation')) return
    // Together with others who ask the same, nobody gets a part of somebody else's answer.
    const others = await Promise.all([answerTo(ask), answerTo(ask), answerTo(ask)])
    for (const other of others) expect(other).toEqual(answer)
  }

  for (const ask of asks) {
    if (ask.fault === undefined) test(ask.title, () => hold(ask))
    else test.fails(`${ask.title} (${ask.fault})`, () => hold(ask))
  }
})
