import 'reflect-metadata'
import { buildSubgraphSchema, type GraphQLSchemaModule, printSubgraphSchema } from '@apollo/subgraph'
import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLSchema,
  parse,
  print,
  validate,
} from 'graphql'
import { buildSchemaSync, createResolversMap, getMetadataStorage, type NonEmptyArray } from 'type-graphql'

import { accessDirective, annotateAccess } from './access-sdl.js'
import { type Auditing, auditMutations, type WriteAudit } from './audited.js'
import { authorize, enforceAccess } from './authorize.js'
import { causeOf } from './cause.js'
import { publicError } from './errors.js'
import { type ComposedDirective, linkSpecifications } from './federation-link.js'
import { checkTexts } from './input-text.js'
import type { Log } from './log.js'
import { type PlainLists, takePlainLists } from './plain-lists.js'
import type { RequestContext } from './request.js'
import { BigIntString, DateTime } from './scalars.js'
import { isRecorded } from './trace.js'

/** What another subgraph knows of an entity: the fields of one of its keys, and those that were required. */
export type Reference = { __typename: string; id: string } & Readonly<Record<string, unknown>>

/**
 * Finds an entity by its key. Called once a reference; use `batched` to look many up with one statement. Where the
 * entity has another key than `id`, or several, the reference holds the fields of one of them: parse it.
 */
export type ReferenceResolver = (reference: Reference, context: RequestContext) => unknown

/** Opens the stream of payloads of one subscription. It must end at once when its `return` is called: see `endable`. */
export type SubscriptionSource = (
  args: never,
  context: RequestContext,
) => AsyncIterable<unknown> | Promise<AsyncIterable<unknown>>

export interface SubgraphDefinition {
  name: string
  /** Resolver instances, made by hand in `main.ts` with what they need. */
  resolvers: readonly object[]
  /** For each entity this subgraph can be asked for: how to find it. */
  references: Readonly<Record<string, ReferenceResolver>>
  /**
   * For each Subscription field: where its payloads come from. TypeGraphQL gives a resolver's `subscribe` no access to
   * the resolver instance, so sources are handed in here; the decorator then only needs to name its `topics`.
   */
  subscriptions?: Readonly<Record<string, SubscriptionSource>>
  /** Directives of other specifications that its types use and the supergraph shall keep. */
  composed?: readonly ComposedDirective[]
  /** Where it is written down what was done and what was refused. Left out only by graphs that tests make. */
  audit?: WriteAudit
  log: Log
}

export interface SubgraphRequest {
  query: string
  variables?: Readonly<Record<string, unknown>> | undefined
  operationName?: string | undefined
}

/** A subgraph as others use it: by its SDL, and by running operations; in this process or behind `serveSubgraph`. */
export interface Subgraph {
  name: string
  sdl: string
  schema: GraphQLSchema
  execute(request: SubgraphRequest, context: RequestContext): Promise<ExecutionResult>
  /** An async iterable of results, or one result with errors when the subscription was refused. */
  subscribe(
    request: SubgraphRequest,
    context: RequestContext,
  ): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult>
}

const documentsMax = 1000
/** Where graphql-js is instrumented, its own `execute`: work that is not recorded should not pay for spans. */
const executePlain = (execute as typeof execute & { __original?: typeof execute }).__original ?? execute

type ResolverClass = new (...services: never[]) => object

/** What resolvers add fields to: an entity of another subgraph belongs to the schema even if no field returns it. */
function extendedTypes(classes: readonly ResolverClass[]) {
  const { resolverClasses, fieldResolvers } = getMetadataStorage()
  const extending = new Set(fieldResolvers.map(({ target }) => target))
  return resolverClasses
    .filter(({ target }) => extending.has(target) && classes.some((known) => known === target))
    .map(({ getObjectType }) => getObjectType())
    .filter((type) => typeof type === 'function')
}

/** The schema as TypeGraphQL builds it from the classes; with `instances`, one that can run. */
function annotate(
  classes: readonly ResolverClass[],
  instances?: ReadonlyMap<unknown, object>,
): GraphQLSchema {
  return buildSchemaSync({
    resolvers: classes as unknown as NonEmptyArray<() => void>,
    orphanedTypes: extendedTypes(classes),
    ...(instances && { container: { get: (resolver: unknown) => instances.get(resolver) } }),
    scalarsMap: [
      { type: Date, scalar: DateTime },
      { type: BigInt, scalar: BigIntString },
    ],
    validate: false,
    skipCheck: true,
    // Subscriptions here bring their own `subscribe`; TypeGraphQL only wants to see that a broker exists.
    pubSub: {
      publish: () => {},
      subscribe: () => ({
        [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
      }),
    },
  })
}

/** The SDL of a subgraph from its resolver classes alone: what `npm run graphql` writes. */
export const describeSubgraph = (
  classes: readonly ResolverClass[],
  composed: readonly ComposedDirective[] = [],
): string => describe(annotate(classes), composed)

function describe(annotated: GraphQLSchema, composed: readonly ComposedDirective[]): string {
  const document = annotateAccess(printSubgraphSchema(annotated), annotated)
  return `${linkSpecifications(document, [accessDirective, ...composed])}${print(document)}\n`
}

/**
 * Builds a federated schema from TypeGraphQL resolvers and puts the permission checks in front of it.
 * @throws Error when a field or an entity states no access.
 */
export function createSubgraph({
  name,
  resolvers,
  references,
  subscriptions = {},
  composed = [],
  audit = async () => {},
  log,
}: SubgraphDefinition): Subgraph {
  const instances = new Map(resolvers.map((resolver) => [resolver.constructor, resolver]))
  const annotated = annotate([...instances.keys()] as ResolverClass[], instances)
  const map = createResolversMap(annotated) as Record<string, Record<string, unknown>>
  for (const [typeName, resolve] of Object.entries(references)) {
    map[typeName] = {
      ...map[typeName],
      __resolveReference: async (reference: Reference, context: RequestContext) => {
        const access = entities.get(typeName)
        if (access && access !== 'public') authorize(context, access)
        return resolve(reference, context)
      },
    }
  }
  for (const [field, open] of Object.entries(subscriptions)) {
    const known = map['Subscription']?.[field]
    if (!known) throw new Error(`there is no Subscription.${field}`)
    const subscribe = async (_source: unknown, args: unknown, context: RequestContext) =>
      open(args as never, context)
    map['Subscription'] = { ...map['Subscription'], [field]: { ...known, subscribe } }
  }
  const sdl = describe(annotated, composed)
  const schema = buildSubgraphSchema([
    { typeDefs: parse(sdl), resolvers: map as NonNullable<GraphQLSchemaModule['resolvers']> },
  ])
  // Put in front of the resolvers first, so that whoever may not ask at all learns that and nothing else.
  checkTexts(schema)
  const entities = enforceAccess(annotated, schema, new Set(Object.keys(references)))
  const lists = takePlainLists(annotated, schema, resolvers)
  const own = log.child({ subgraph: name })
  const auditing = auditMutations({ schema, annotated, write: audit, log: own })
  return { name, sdl, schema, ...executor({ schema, auditing, lists, log: own }) }
}

function executor({
  schema,
  auditing,
  lists,
  log,
}: {
  schema: GraphQLSchema
  auditing: Auditing
  lists: PlainLists
  log: Log
}): Pick<Subgraph, 'execute' | 'subscribe'> {
  const documents = new Map<string, DocumentNode | readonly GraphQLError[]>()

  function prepare(query: string): DocumentNode | readonly GraphQLError[] {
    const known = documents.get(query)
    if (known) return known
    let prepared: DocumentNode | readonly GraphQLError[]
    try {
      const document = parse(query)
      const faults = validate(schema, document)
      prepared = faults.length > 0 ? faults : document
    } catch (error) {
      prepared = [error as GraphQLError]
    }
    if (documents.size >= documentsMax) documents.delete(documents.keys().next().value ?? '')
    documents.set(query, prepared)
    return prepared
  }

  /** `noted` are the refusals of a stream that were written down already. */
  async function clean(
    result: ExecutionResult,
    context: RequestContext,
    noted?: Set<string>,
  ): Promise<ExecutionResult> {
    if (!result.errors) return result
    await auditing.denials(result.errors, context, noted)
    const errors = result.errors.map((error) => {
      const { error: shown, internal } = publicError(error)
      if (internal)
        log.error({ err: internal, path: error.path, requestId: context.requestId }, 'resolver failed')
      return shown
    })
    return { ...result, errors }
  }

  const argsOf = (
    document: DocumentNode,
    { variables, operationName }: SubgraphRequest,
    contextValue: RequestContext,
  ) => ({
    schema,
    document,
    contextValue,
    variableValues: variables,
    operationName,
  })

  return {
    async execute(request, context) {
      const document = prepare(request.query)
      if (!('kind' in document)) return clean({ errors: document }, context)
      const run = isRecorded() ? execute : executePlain
      return clean(await lists.around(context, (own) => run(argsOf(document, request, own))), context)
    },
    async subscribe(request, context) {
      const document = prepare(request.query)
      if (!('kind' in document)) return clean({ errors: document }, context)
      const source = await createSourceEventStream(argsOf(document, request, context))
      if (!(Symbol.asyncIterator in source)) return clean(source, context)
      const noted = new Set<string>()
      return mapped(source[Symbol.asyncIterator](), async (rootValue) => {
        // Loaders of its own for each event: what a loader read for the last event may have changed since.
        const fresh = { ...context, loaders: new Map() }
        const run = isRecorded() ? execute : executePlain
        const told = await lists.around(fresh, (own) => run({ ...argsOf(document, request, own), rootValue }))
        const result = await clean(told, fresh, noted)
        // So that whoever delivers the event can say what it came from.
        const traceparent = causeOf(rootValue)
        return traceparent === undefined ? result : { ...result, extensions: { traceparent } }
      })
    },
  }
}

/** Keeps `return()` working at once: ending the outer iterator ends the source even while it waits. */
function mapped(
  source: AsyncIterator<unknown>,
  map: (payload: unknown) => Promise<ExecutionResult>,
): AsyncGenerator<ExecutionResult> {
  const step = async (result: IteratorResult<unknown>): Promise<IteratorResult<ExecutionResult>> => {
    if (result.done) return { done: true, value: undefined }
    try {
      return { done: false, value: await map(result.value) }
    } catch (error) {
      await source.return?.()
      throw error
    }
  }
  return {
    next: async () => step(await source.next()),
    return: async () => {
      await source.return?.()
      return { done: true, value: undefined }
    },
    throw: async (error) => {
      await source.return?.()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
    async [Symbol.asyncDispose]() {
      await source.return?.()
    },
  }
}
