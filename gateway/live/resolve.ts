import { executeQueryPlan, type ServiceMap } from '@apollo/gateway'
import type { FormattedExecutionResult, OperationDefinitionNode } from 'graphql'

import type { Log } from '#core/service/log.js'

import type { Prepared } from '../documents.js'
import type { ClientContext, SubgraphResult } from '../links/link.js'
import { completionErrors, isInternal, logInternal, present, presentThrown, traceable } from '../present.js'
import type { DataSources } from '../query.js'
import { type Message, marks } from './message.js'
import { eventService, type LivePlan } from './prepare.js'
import { keys } from './source.js'

/** A subscription somebody asked for. */
export interface LiveRequest {
  prepared: Prepared
  operation: OperationDefinitionNode
  query: string
  variables: Record<string, unknown>
  operationName: string | undefined
  /** Go on behind this place, whatever the document says; for transports that keep the place themselves. */
  after?: string | undefined
}

type GatewayRequest = Parameters<typeof executeQueryPlan>[2]

/**
 * Makes of each event of the owning subgraph the one message that everybody gets. The event is handed to the executor of
 * @apollo/gateway in place of that subgraph's answer, so that fetches from other subgraphs, null propagation and the
 * shape of the result are the executor's own, exactly as in a query. Never rejects.
 */
export function eventResolver(
  plan: LivePlan,
  { sources, request, client, log }: { sources: DataSources; request: LiveRequest; client: ClientContext; log: Log },
): (event: SubgraphResult) => Promise<Message> {
  const base = requestFor(plan, request, client)
  const { graph } = plan

  async function run(event: SubgraphResult): Promise<FormattedExecutionResult> {
    const services: ServiceMap = Object.assign(Object.create(null), sources, {
      [eventService]: { process: async () => event },
    })
    try {
      const result = await executeQueryPlan(
        plan.perEvent,
        services,
        // `metrics` is written to, so each event gets its own.
        { ...base, metrics: {} } as unknown as GatewayRequest,
        plan.operation,
        graph.supergraphSchema,
        graph.api,
      )
      return shown(result, client, log)
    } catch (error) {
      logInternal(log, error, client.requestId)
      return { data: null, errors: [traceable(presentThrown(error), client.requestId)] }
    }
  }

  return async (event) => {
    // Read before the executor takes the event apart.
    const facts = factsOf(plan, event)
    return { body: Buffer.from(JSON.stringify(await run(event))), ...facts }
  }
}

function factsOf({ source }: LivePlan, { data }: SubgraphResult): Omit<Message, 'body'> {
  const held = source.resume && source.root ? data?.[source.root.key] : undefined
  if (typeof held !== 'object' || held === null) return { cursor: undefined, type: undefined, about: '' }
  const event = held as Record<string, unknown>
  const type = event[keys.type]
  const cursor = event[keys.cursor]
  let about: unknown = event[keys.about]
  while (typeof about === 'object' && about !== null) about = (about as Record<string, unknown>)[keys.about]
  const known = typeof type === 'string' ? type : undefined
  return {
    cursor: cursor === undefined || cursor === null ? undefined : String(cursor),
    type: known,
    // A mark never takes the place of an event, nor an event that of a mark.
    about: known === marks.live ? '\u0000live' : String(about ?? ''),
  }
}

const requestFor = ({ graph }: LivePlan, request: LiveRequest, client: ClientContext) => ({
  request: { query: request.query, variables: request.variables, operationName: request.operationName },
  document: request.prepared.document,
  operation: request.operation,
  operationName: request.operationName ?? null,
  queryHash: request.prepared.hash,
  source: request.query,
  schema: graph.schema,
  context: client,
})

function shown(
  result: Awaited<ReturnType<typeof executeQueryPlan>>,
  client: ClientContext,
  log: Log,
): FormattedExecutionResult {
  // What we ask for beside the client's selection must not show, not even when it fails.
  const own = (result.errors ?? []).filter(({ path }) => !String(path?.[1] ?? '').startsWith('sotp_'))
  const errors = own.map((error) => {
    const formatted = present(error.toJSON(), error)
    if (isInternal(formatted)) logInternal(log, error, client.requestId)
    return traceable(formatted, client.requestId)
  })
  const told = [...errors, ...completionErrors(result.extensions)]
  return { data: result.data ?? null, ...(told.length > 0 && { errors: told }) }
}
