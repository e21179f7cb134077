import type { GraphQLFormattedError } from 'graphql'

import type { Log } from '#core/service/log.js'
import { traced } from '#core/service/trace.js'

import { type OperationRequest, runPlan } from '../execute/run-plan.js'
import type { Generation } from '../generation.js'
import type { ClientContext, SubgraphResult } from '../links/link.js'
import type { DataSources } from '../query.js'
import { type Facts, type Message, marks, messageOf } from './message.js'
import { eventService, type LivePlan } from './prepare.js'
import { keys } from './source.js'

const ourKeys: ReadonlySet<unknown> = new Set(Object.values(keys))

/** A subscription somebody asked for. */
export interface LiveRequest extends OperationRequest {
  /** Go on behind this place, whatever the document says; for transports that keep the place themselves. */
  after?: string | undefined
}

/**
 * Makes of each event of the owning subgraph the one message that everybody gets. The event is handed to the executor
 * in place of that subgraph's answer, so that fetches from other subgraphs, null propagation and the shape of the
 * result are the executor's own, exactly as in a query. Never rejects.
 */
export function eventResolver(
  plan: LivePlan,
  {
    generation,
    request,
    client,
    log,
  }: { generation: Generation; request: LiveRequest; client: ClientContext; log: Log },
): (event: SubgraphResult) => Promise<Message> {
  const attributes = { 'graphql.operation.name': request.operation.name?.value ?? '' }
  return async (event) => {
    // On top of the others, not a copy of them: this runs for every event.
    const sources: DataSources = Object.create(generation.sources, {
      [eventService]: { value: { process: async () => event }, enumerable: true },
    })
    // Read before the executor takes the event apart.
    const facts = factsOf(plan, event)
    const { perEvent, operation } = plan
    const { api } = generation.graph
    const run = { generation, plan: perEvent, operation, api, sources, request, client, log }
    const { data, errors } = await traced('gateway.event', attributes, () => runPlan(run), {
      root: true,
      kind: 'producer',
      causes: [causeOf(event)],
    })
    const told = errors?.filter((error) => !isOurs(error)) ?? []
    return messageOf(JSON.stringify({ data, ...(told.length > 0 && { errors: told }) }), facts)
  }
}

/** The trace that an event of the subgraph comes from. */
function causeOf({ extensions }: SubgraphResult): string | undefined {
  const traceparent = extensions?.['traceparent']
  return typeof traceparent === 'string' ? traceparent : undefined
}

/** What we ask for beside the client's selection must not show, not even when it fails. */
const isOurs = ({ path }: GraphQLFormattedError): boolean => ourKeys.has(path?.[1])

function factsOf({ source }: LivePlan, { data }: SubgraphResult): Facts {
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
