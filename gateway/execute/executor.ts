import {
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  getVariableValues,
} from 'graphql'

import { SotpError } from '#core/service/errors.js'
import type { Log } from '#core/service/log.js'
import { count } from '#core/service/metrics.js'
import { emptyCookieJar } from '#core/service/request.js'
import { traced } from '#core/service/trace.js'

import type { Generation } from '../generation.js'
import { withDeadline } from '../limits/deadline.js'
import type { ClientContext } from '../links/link.js'
import { isLogged, logInternal, present, presentThrown, statusOf, traceable } from '../present.js'
import { noteOf, type Usage } from '../usage.js'
import { viewOf } from '../view.js'
import { canonical } from './canonical.js'
import { countOperation } from './counted.js'
import { openFlights } from './flights.js'
import type { ReadyPlan } from './plans.js'
import { type OperationRequest, runPlan } from './run-plan.js'

/** An admitted query or mutation, and the schema it was admitted for. */
export interface Operation extends OperationRequest {
  generation: Generation
}

/** An answer as HTTP sends it. */
export interface Answer {
  /** 200, or the status of the first error where there is no data. */
  status: number
  /** JSON. */
  body: string
}

/** Runs queries and mutations, whatever they came by. Neither way throws. */
export interface Executor {
  execute(operation: Operation, client: ClientContext): Promise<FormattedExecutionResult>
  /** The same as text, which is written only once for all who are given the same. */
  answer(operation: Operation, client: ClientContext): Promise<Answer>
}

/** What everybody who shares the work is given; `logged` where each must be told an id of their own. */
interface Outcome {
  result: FormattedExecutionResult
  logged: boolean
  /** Made when somebody first asks for it. */
  answer?: Answer
}

/**
 * Identical queries of one view that are under way at the same time run once. A mutation ends that for all that began
 * before it was answered, so that everybody can read what they wrote.
 */
export function openExecutor({
  log,
  usage,
  timeoutMs,
  shareMs,
}: {
  log: Log
  /** Where each operation is noted. */
  usage?: Usage | undefined
  /** How long an operation may take as a whole. */
  timeoutMs: number
  /** How long after its beginning a query is joined by equal ones. */
  shareMs: number
}): Executor {
  const flights = openFlights<Outcome>(shareMs)

  async function alone(request: Operation, ready: ReadyPlan, client: ClientContext): Promise<Outcome> {
    const { generation } = request
    const { plan, operation, api } = ready
    const { sources } = generation
    const run = { generation, plan, operation, api, sources, request, client, log }
    const result = await traced('gateway.request', {}, () => runPlan(run))
    return { result, logged: result.errors?.some(isLogged) ?? false }
  }

  async function outcomeOf(operation: Operation, client: ClientContext): Promise<Outcome> {
    const { generation, prepared, operationName, variables } = operation
    const refused = faultyVariables(operation)
    if (refused) return { result: { errors: refused }, logged: false }
    const ready = generation.plans.of(operation)
    if (operation.operation.operation === 'mutation') {
      const outcome = await alone(operation, ready, client)
      flights.close()
      return outcome
    }
    const view = viewOf(ready.reads, client.identity)
    if (!view.shared) return alone(operation, ready, client)
    const key = [
      generation.graph.id,
      prepared.hash,
      operationName ?? '',
      view.key,
      canonical(variables),
    ].join('\n')
    // The cookies are one person's, and nothing that is shared may depend on them.
    const anybody = { ...client, identity: view.identity, cookies: emptyCookieJar }
    const { value, joined } = flights.join(key, () => alone(operation, ready, anybody))
    count('sotp_gateway_shared_operations_total', { shared: joined ? 'joined' : 'run' })
    const outcome = await value
    return joined && outcome.logged ? told(outcome, client, log) : outcome
  }

  async function counted(operation: Operation, client: ClientContext): Promise<Outcome> {
    const startedAt = performance.now()
    try {
      const outcome = await withDeadline(timeoutMs, () => outcomeOf(operation, client)).catch(overdue)
      countOperation(operation, client, outcome.result, performance.now() - startedAt)
      usage?.record(noteOf(operation, client, outcome.result.errors))
      return outcome
    } catch (error) {
      logInternal(log, error, client.requestId)
      const errors = [traceable(present({ message: '' }), client.requestId)]
      return { result: { data: null, errors }, logged: true }
    }
  }

  return {
    execute: async (operation, client) => (await counted(operation, client)).result,
    async answer(operation, client) {
      const outcome = await counted(operation, client)
      outcome.answer ??= answerOf(outcome.result)
      return outcome.answer
    },
  }
}

/** @throws whatever is not the end of the time. */
function overdue(error: unknown): Outcome {
  if (!(error instanceof SotpError) || error.code !== 'OPERATION_TIMEOUT') throw error
  return { result: { errors: [presentThrown(error)] }, logged: false }
}

/** An error that only the log explains, for somebody who joined: under their own request id, so that it can be found. */
function told({ result }: Outcome, { requestId }: ClientContext, log: Log): Outcome {
  const errors = (result.errors ?? []).map((error) => traceable(error, requestId))
  const because = (result.errors ?? []).find(isLogged)?.extensions?.['requestId']
  log.info({ requestId, because }, 'request failed together with another')
  return { result: { ...result, errors }, logged: true }
}

function answerOf({ data, errors }: FormattedExecutionResult): Answer {
  const lacks = data === undefined || data === null
  return {
    status: lacks && errors && errors.length > 0 ? statusOf(errors) : 200,
    body: JSON.stringify({ ...(errors && { errors }), ...(data !== undefined && { data }) }),
  }
}

function faultyVariables({
  generation,
  operation,
  variables,
}: Operation): readonly GraphQLFormattedError[] | undefined {
  const { variableDefinitions } = operation
  if (!variableDefinitions || variableDefinitions.length === 0) return undefined
  const { errors } = getVariableValues(generation.graph.schema, variableDefinitions, variables)
  return errors?.map((error) => {
    const coded = new GraphQLError(error.message, {
      nodes: error.nodes ?? null,
      extensions: { code: 'BAD_USER_INPUT' },
    })
    return present(coded.toJSON(), coded)
  })
}
