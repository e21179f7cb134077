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

import { count } from '#core/service/metrics.js'

import { hideAliases, type PlannedFields } from './aliases.js'
import { limits, tooLarge } from './limits/size.js'
import type { ClientContext } from './links/link.js'
import { describeOperation } from './traced.js'

/** A document that keeps the limits and fits the schema. */
export interface Prepared {
  hash: string
  /** Ready for planning: names that would mislead the planner are hidden. */
  document: DocumentNode
  introspects: boolean
}

/** Who may read the schema through introspection. */
export type IntrospectionPolicy = 'signed-in' | 'everyone' | 'nobody'

/** Parses, measures and validates each document once; HTTP and WebSocket share it. */
export interface Documents {
  /** Why the document is refused for this client, or its operation. */
  admit(
    request: { query: string; operationName?: string | undefined },
    client: ClientContext,
  ): { refused: readonly GraphQLError[] } | { prepared: Prepared; operation: OperationDefinitionNode }
  /** A document admitted before, by the SHA-256 of its text in hex. */
  byHash(hash: string): DocumentNode | undefined
}

const keptMax = 1000
/** A parsed document takes about a hundred times the memory of its text. */
const keptCharactersMax = 1_000_000
const faultsMax = 10

export function openDocuments(
  schema: GraphQLSchema,
  introspection: IntrospectionPolicy,
  planned: PlannedFields,
): Documents {
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
    const made = make(schema, query, planned)
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
    admit({ query, operationName }, client) {
      const prepared = prepare(query)
      const signedIn = client.identity !== null
      if (!('document' in prepared)) return { refused: signedIn ? prepared : prepared.map(withoutSuggestion) }
      const operation = getOperationAST(prepared.document, operationName)
      if (!operation) return { refused: [noOperation(operationName)] }
      const open = introspection === 'everyone' || (introspection === 'signed-in' && signedIn)
      if (prepared.introspects && !open) return { refused: [closedSchema] }
      describeOperation(operation, prepared.hash)
      return { prepared, operation }
    },
    byHash: (hash) => byHash.get(hash)?.document,
  }
}

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
  new GraphQLError(error.message, {
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

function make(
  schema: GraphQLSchema,
  query: string,
  planned: PlannedFields,
): Prepared | readonly GraphQLError[] {
  let document: DocumentNode
  try {
    document = parse(query, { maxTokens: limits.tokens })
  } catch (error) {
    return [coded(error as GraphQLError, 'GRAPHQL_PARSE_FAILED')]
  }
  const large = tooLarge(document)
  if (large) return [large]
  const faults = validate(schema, document, specifiedRules, { maxErrors: faultsMax })
  if (faults.length > 0) return faults.map((fault) => coded(fault, 'GRAPHQL_VALIDATION_FAILED'))
  return {
    hash: createHash('sha256').update(query).digest('hex'),
    document: hideAliases(document, planned),
    introspects: introspects(document),
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
