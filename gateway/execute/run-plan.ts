import type { Schema } from '@apollo/federation-internals'
import { type buildOperationContext, executeQueryPlan } from '@apollo/gateway'
import type { QueryPlan } from '@apollo/query-planner'
import type { FormattedExecutionResult, OperationDefinitionNode } from 'graphql'

import type { Log } from '#core/service/log.js'

import { showAliases } from '../aliases.js'
import type { Prepared } from '../documents.js'
import type { Generation } from '../generation.js'
import type { ClientContext } from '../links/link.js'
import { completionErrors, isInternal, logInternal, present, presentThrown, traceable } from '../present.js'
import type { DataSources } from '../query.js'

/** One operation of an admitted document, with what the client sent along. */
export interface OperationRequest {
  prepared: Prepared
  operation: OperationDefinitionNode
  /** Text of the document. */
  query: string
  variables: Readonly<Record<string, unknown>>
  operationName: string | undefined
}

export interface PlanRun {
  generation: Generation
  plan: QueryPlan
  /** By what the answer is shaped, and the schema of that. */
  operation: ReturnType<typeof buildOperationContext>
  api: Schema
  /** Where each fetch of the plan goes: those of the generation, or with others in their place. */
  sources: DataSources
  request: OperationRequest
  client: ClientContext
  log: Log
}

type GatewayRequest = Parameters<typeof executeQueryPlan>[2]

/** Runs a plan to the answer a client may see. Never throws: whatever goes wrong is an error of the answer. */
export async function runPlan(run: PlanRun): Promise<FormattedExecutionResult> {
  const { generation, plan, operation, api, sources, request, client, log } = run
  const { graph } = generation
  try {
    const { query, variables, operationName } = request
    const context = {
      request: { query, variables, operationName },
      document: request.prepared.document,
      operation: request.operation,
      operationName: operationName ?? null,
      queryHash: request.prepared.hash,
      source: query,
      schema: graph.schema,
      context: client,
      // It is written to, so each run gets its own.
      metrics: {},
    } as unknown as GatewayRequest
    const result = await executeQueryPlan(plan, sources, context, operation, graph.supergraphSchema, api)
    return showAliases(request.prepared.document, shown(result, client, log))
  } catch (error) {
    logInternal(log, error, client.requestId)
    return { data: null, errors: [traceable(presentThrown(error), client.requestId)] }
  }
}

function shown(
  { data, errors = [], extensions }: Awaited<ReturnType<typeof executeQueryPlan>>,
  client: ClientContext,
  log: Log,
): FormattedExecutionResult {
  const presented = errors.map((error) => {
    const formatted = present(error.toJSON(), error)
    if (isInternal(formatted)) logInternal(log, error, client.requestId)
    return traceable(formatted, client.requestId)
  })
  const told = [...presented, ...completionErrors(extensions)]
  return { data: data ?? null, ...(told.length > 0 && { errors: told }) }
}
