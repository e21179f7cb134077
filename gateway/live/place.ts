import { createHash } from 'node:crypto'
import { GraphQLError, getVariableValues, Kind } from 'graphql'

import { emptyCookieJar } from '#core/service/request.js'
import { canonical } from '../execute/canonical.js'
import type { Generation } from '../generation.js'
import type { ClientContext } from '../links/link.js'
import { type View, viewOf } from '../view.js'
import { type LivePlan, openPlanner } from './prepare.js'
import type { LiveRequest } from './resolve.js'

/** Where a subscription belongs. */
export interface Place {
  plan: LivePlan
  /** Equal keys are one stream: the same schema, document, variables and view. */
  key: string
  /** Whether others may be on it. */
  shared: boolean
  /** Who its work runs for: nobody in particular with the rights of the view, or the client itself. */
  worker: ClientContext
  /** Where in it the client asks to begin. */
  after: string | undefined
}

export type Locate = (
  generation: Generation,
  request: LiveRequest,
  client: ClientContext,
) => Place | { errors: readonly GraphQLError[] }

/** Finds the place of subscriptions; each document is planned once a schema. */
export function openLocator(): Locate {
  const planners = new WeakMap<Generation, ReturnType<typeof openPlanner>>()
  return (generation, request, client) => {
    const coerced = coercedOf(generation, request)
    if ('errors' in coerced) return coerced
    let planner = planners.get(generation)
    if (!planner) {
      planner = openPlanner(generation.graph)
      planners.set(generation, planner)
    }
    const plan = planner(request.prepared, request.operation)
    const view = viewOf(plan.reads, client.identity)
    const { values } = coerced
    const key = keyOf(plan, values, view)
    return {
      plan,
      key,
      shared: view.shared,
      worker: view.shared ? workerOf(view, key) : client,
      after: request.after ?? afterOf(plan, values),
    }
  }
}

type Variables = Readonly<Record<string, unknown>>

function coercedOf(
  { graph }: Generation,
  { operation, variables }: LiveRequest,
): { values: Variables } | { errors: GraphQLError[] } {
  const { coerced, errors } = getVariableValues(graph.schema, operation.variableDefinitions ?? [], variables)
  return coerced ? { values: coerced } : { errors: errors.map((error) => coded(error, 'BAD_USER_INPUT')) }
}

const coded = (error: GraphQLError, code: string): GraphQLError =>
  new GraphQLError(error.message, { nodes: error.nodes ?? null, extensions: { code } })

function keyOf(plan: LivePlan, coerced: Variables, view: View): string {
  const variables = Object.entries(coerced).filter(([name]) => name !== plan.afterVariable)
  const parts = [plan.graph.id, plan.text, canonical(Object.fromEntries(variables)), view.key]
  return createHash('sha256').update(parts.join('\n')).digest('hex')
}

function afterOf({ source }: LivePlan, coerced: Variables): string | undefined {
  const given = source.resume?.given
  if (given?.kind === Kind.STRING) return given.value
  const value = given?.kind === Kind.VARIABLE ? coerced[given.name.value] : undefined
  return typeof value === 'string' ? value : undefined
}

const workerOf = ({ identity }: View, key: string): ClientContext => ({
  identity,
  requestId: `stream-${key.slice(0, 16)}`,
  ip: null,
  userAgent: null,
  cookies: emptyCookieJar,
  liveUrl: '',
})
