import { createHash } from 'node:crypto'
import {
  BREAK,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  specifiedRules,
  validate,
  visit,
} from 'graphql'

import { type ErrorCode, errors } from '#core/contract/errors.js'
import { count } from '#core/service/metrics.js'

import { hideAliases, type PlannedFields, plannedFields } from './aliases.js'
import { type DocumentsPolicy, defaultLimits, type Limits } from './limits/config.js'
import { costModel, type OperationCost } from './limits/cost.js'
import { textTooLarge, tooLarge } from './limits/size.js'
import { type Trusted, trustedOf } from './limits/trusted.js'
import { variablesRefused } from './limits/variables.js'
import type { ClientContext } from './links/link.js'
import { describeOperation } from './traced.js'

/** A document that keeps the limits and fits the schema. */
export interface Prepared {
  hash: string
  /** Ready for planning: names that would mislead the planner are hidden. */
  document: DocumentNode
  introspects: boolean
  /** What one of its operations costs. */
  costOf(operation: OperationDefinitionNode): OperationCost
}

/** Who may read the schema through introspection. */
export type IntrospectionPolicy = 'signed-in' | 'everyone' | 'nobody'

/** What a request asks for, as HTTP and WebSocket bring it. */
export interface DocumentRequest {
  query: string
  operationName?: string | undefined
  variables?: unknown
}

/** An operation that may run for this client, and what it costs with these variables. */
export interface Admitted {
  prepared: Prepared
  operation: OperationDefinitionNode
  /** Points; at least 1. */
  cost: number
}

/** How documents are kept from using up what belongs to all. */
export interface Protection {
  introspection: IntrospectionPolicy
  limits?: Limits
  /** Which documents run; any by default. */
  policy?: DocumentsPolicy
  trusted?: Trusted
}

/** Parses, measures and validates each document once; HTTP and WebSocket share it. */
export interface Documents {
  /** Why the document is refused for this client, or its operation. */
  admit(
    request: DocumentRequest,
    client: Pick<ClientContext, 'identity'>,
  ): { refused: readonly GraphQLError[] } | Admitted
  /**
   * The text of a request that may name a trusted document by its hash instead: `documentId`, or
   * `extensions.persistedQuery.sha256Hash`. Undefined when it names none and has no text.
   */
  textOf(
    request: Readonly<Record<string, unknown>>,
  ): { query: string | undefined } | { refused: GraphQLError }
  /** A document admitted before, by the SHA-256 of its text in hex. */
  byHash(hash: string): DocumentNode | undefined
}

const keptMax = 1000
/** A parsed document takes about a hundred times the memory of its text. */
const keptCharactersMax = 1_000_000
const faultsMax = 10
const messageMax = 1000

/** @param supergraph says what fields cost and what planning adds: the schema itself where it is not given. */
export function openDocuments(
  schema: GraphQLSchema,
  protection: IntrospectionPolicy | Protection,
  supergraph: GraphQLSchema = schema,
): Documents {
  const {
    introspection,
    limits = defaultLimits,
    policy = 'open',
    trusted = trustedOf([]),
  } = typeof protection === 'string' ? { introspection: protection } : protection
  const making = { schema, limits, costs: costModel(supergraph), planned: plannedFields(supergraph) }
  const byText = new Map<string, Prepared>()
  const byHash = new Map<string, Prepared>()
  let characters = 0

  function prepare(query: string): Prepared | readonly GraphQLError[] {
    const known = byText.get(query)
    if (known) {
      // Moves it to the young end: the oldest is dropped first.
      byText.delete(query)
      byText.set(query, known)
      return known
    }
    const made = make(query, making)
    if ('document' in made) keep(query, made)
    else count('sotp_gateway_documents_refused_total', { code: String(made[0]?.extensions['code']) })
    return made
  }

  function keep(query: string, prepared: Prepared): void {
    byText.set(query, prepared)
    byHash.set(prepared.hash, prepared)
    characters += query.length
    while (byText.size > keptMax || characters > keptCharactersMax) {
      const [oldest, dropped] = byText.entries().next().value ?? []
      if (oldest === undefined || dropped === undefined) return
      byText.delete(oldest)
      byHash.delete(dropped.hash)
      characters -= oldest.length
    }
  }

  return {
    admit({ query, operationName, variables }, client) {
      const signedIn = client.identity !== null
      const anything = policy === 'open' || (policy === 'known' && signedIn)
      if (!anything && !trusted.includes(query)) return { refused: [notTrusted(policy)] }
      const prepared = prepare(query)
      if (!('document' in prepared)) return { refused: signedIn ? prepared : prepared.map(withoutSuggestion) }
      const operation = getOperationAST(prepared.document, operationName)
      if (!operation) return { refused: [noOperation(operationName)] }
      const open = introspection === 'everyone' || (introspection === 'signed-in' && signedIn)
      if (prepared.introspects && !open) return { refused: [closedSchema] }
      const longTexts = signedIn && operation.operation === OperationTypeNode.MUTATION
      const unfit = variablesRefused(variables, limits, longTexts)
      if (unfit) return { refused: [unfit] }
      const { hops, of } = prepared.costOf(operation)
      if (hops > limits.hops) return { refused: [tooManyHops(hops, limits.hops)] }
      const cost = of((variables ?? {}) as Record<string, unknown>)
      if (cost > limits.cost) return { refused: [tooDear(cost, limits.cost)] }
      describeOperation(operation, prepared.hash)
      return { prepared, operation, cost }
    },
    textOf(request) {
      const { query, documentId } = request
      if (typeof query === 'string' && query !== '') return { query }
      const hash = documentId ?? hashOf(request['extensions'])
      if (typeof hash !== 'string') return { query: undefined }
      const text = trusted.text(hash.slice(0, 200))
      return text === undefined ? { refused: unknownDocument } : { query: text }
    },
    byHash: (hash) => byHash.get(hash)?.document,
  }
}

function hashOf(extensions: unknown): unknown {
  const { persistedQuery } = (extensions ?? {}) as { persistedQuery?: { sha256Hash?: unknown } | null }
  return persistedQuery?.sha256Hash
}

const refusal = (code: ErrorCode, message: string, extensions: Record<string, unknown> = {}): GraphQLError =>
  new GraphQLError(message, { extensions: { code, ...extensions } })

const unknownDocument = refusal('PERSISTED_QUERY_NOT_FOUND', errors.PERSISTED_QUERY_NOT_FOUND.message)

const notTrusted = (policy: DocumentsPolicy): GraphQLError =>
  refusal(
    'DOCUMENT_NOT_TRUSTED',
    policy === 'known'
      ? 'Sign in to run documents of your own.'
      : 'Only registered documents run here; ask the operator to register this one.',
  )

const tooDear = (cost: number, limit: number): GraphQLError =>
  refusal(
    'QUERY_TOO_COMPLEX',
    `The operation costs ${cost} points, and one may cost ${limit}: ask for smaller pages or fewer objects.`,
    { cost, limit },
  )

const tooManyHops = (hops: number, limit: number): GraphQLError =>
  refusal(
    'QUERY_TOO_COMPLEX',
    `The operation goes on to other parts of the graph in ${hops} places, and may in ${limit}; split it.`,
  )

const closedSchema = new GraphQLError('Sign in to read the schema.', {
  extensions: { code: 'UNAUTHENTICATED' },
})

const noOperation = (name: string | undefined): GraphQLError =>
  new GraphQLError(
    name === undefined
      ? 'The document has several operations: name one by `operationName`.'
      : `The document has no operation "${name.slice(0, 100)}".`,
    { extensions: { code: 'BAD_REQUEST' } },
  )

const coded = (error: GraphQLError, code: string): GraphQLError =>
  // The message repeats names of the document, however long they are.
  new GraphQLError(error.message.slice(0, messageMax), {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    extensions: { code },
  })

/** Strangers do not get the schema told name by name. */
const withoutSuggestion = (error: GraphQLError): GraphQLError =>
  error.message.includes(' Did you mean')
    ? new GraphQLError(error.message.replace(/ ?Did you mean.*\?/s, ''), {
        nodes: error.nodes ?? null,
        extensions: error.extensions,
      })
    : error

interface Making {
  schema: GraphQLSchema
  limits: Limits
  costs: ReturnType<typeof costModel>
  planned: PlannedFields
}

function make(query: string, { schema, limits, costs, planned }: Making): Prepared | readonly GraphQLError[] {
  const long = textTooLarge(query, limits)
  if (long) return [long]
  let document: DocumentNode
  try {
    document = parse(query, { maxTokens: limits.tokens })
  } catch (error) {
    return [coded(error as GraphQLError, 'GRAPHQL_PARSE_FAILED')]
  }
  const large = tooLarge(document, limits)
  if (large) return [large]
  const faults = validate(schema, document, specifiedRules, { maxErrors: faultsMax })
  if (faults.length > 0) return faults.map((fault) => coded(fault, 'GRAPHQL_VALIDATION_FAILED'))
  const ready = hideAliases(document, planned)
  const known = new Map<OperationDefinitionNode, OperationCost>()
  return {
    hash: createHash('sha256').update(query).digest('hex'),
    document: ready,
    introspects: introspects(document),
    costOf(operation) {
      const cost = known.get(operation) ?? costs(ready, operation)
      known.set(operation, cost)
      return cost
    },
  }
}

function introspects(document: DocumentNode): boolean {
  let found = false
  visit(document, {
    enter(node) {
      if (node.kind !== Kind.FIELD || !['__schema', '__type'].includes(node.name.value)) return undefined
      found = true
      return BREAK
    },
  })
  return found
}

/** Whether an operation is a subscription, which plain HTTP cannot carry. */
export const isSubscription = ({ operation }: OperationDefinitionNode): boolean =>
  operation === OperationTypeNode.SUBSCRIPTION
