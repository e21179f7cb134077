import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql'

import type { Identity } from '#core/contract/identity.js'
import { SotpError } from '#core/service/errors.js'
import { createLog } from '#core/service/log.js'
import { emptyCookieJar } from '#core/service/request.js'

import { type Generations, openGenerations } from '../../gateway/generation.js'
import { joinEntities } from '../../gateway/links/entities.js'
import type { ClientContext, SubgraphLink } from '../../gateway/links/link.js'
import { openLocalLink } from '../../gateway/links/local.js'
import { type Hub, openHub, type Subscription } from '../../gateway/live/hub.js'
import type { Outlet } from '../../gateway/live/member.js'
import { everywhere, someone } from './identity.js'
import { type LiveGraphState, liveGraph } from './live-graph.js'

/** A reader of a subscription, as fast or slow as a test wants it. */
export interface Reader {
  results: FormattedExecutionResult<Record<string, BoxEvent>>[]
  bodies: Buffer[]
  readonly last: FormattedExecutionResult | undefined
  readonly types: (string | undefined)[]
  readonly cursors: (string | undefined)[]
  /** What the reader knows by all it was told, as a client keeps it. */
  readonly values: Record<string, number>
  /** Undefined while it goes on; the errors, or none, with which it ended. */
  ended: readonly GraphQLFormattedError[] | undefined
  /** Bytes that are said to wait for the network. */
  backlog: number
  until(type: string): Promise<void>
  drain(): void
  become(identity: Identity): void
  leave(): void
}

interface BoxEvent {
  type?: string
  cursor?: string
  value?: number
  box?: { id: string }
  state?: { value: number; box?: { id: string } } | null
}

interface JoinOptions {
  identity?: Identity
  variables?: Record<string, unknown>
  after?: string
  /** Counts what is sent as waiting until `drain`. */
  stuck?: boolean
}

/** A hub over the live graph in this process, without sockets. */
export interface LiveBench extends AsyncDisposable {
  state: LiveGraphState
  supergraph: string
  hub: Hub
  generations: Generations
  join(query: string, options?: JoinOptions): Reader
  /** The way to the subgraph is lost: streams break, and none can be opened. */
  breakLink(): void
  mendLink(): void
  /** The next schema finds its subgraphs by new links. */
  relink(): void
  /** Longer than newcomers share a snapshot. */
  aWhile(): Promise<void>
}

const waitMs = 5000

export async function openLiveBench(): Promise<LiveBench> {
  const graph = liveGraph()
  const log = createLog('test', process.env['SOTP_TEST_LOG'] ?? 'silent')
  const stack = new AsyncDisposableStack()
  let broken = false
  const openLinks = () =>
    new Map(
      Object.values(graph.subgraphs).map((subgraph) => {
        const link = stack.use(joinEntities(openLocalLink({ subgraph, timeoutMs: 5000, log })))
        return [link.name, breakable(link, () => broken)] as const
      }),
    )
  let links = openLinks()
  const generations = openGenerations({
    supergraph: graph.supergraph,
    protection: { introspection: 'everyone' },
    linksFor: () => links,
    log,
  })
  const hub = stack.use(openHub({ generations, log }))
  return {
    state: graph.state,
    supergraph: graph.supergraph,
    hub,
    generations,
    join: (query, options) => join({ hub, generations }, query, options),
    breakLink() {
      broken = true
      graph.state.log.events.fail(new SotpError('SUBGRAPH_UNAVAILABLE'))
    },
    mendLink() {
      broken = false
    },
    relink() {
      links = openLinks()
    },
    aWhile: () => new Promise((resolve) => setTimeout(resolve, 120)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

const breakable = (link: SubgraphLink, broken: () => boolean): SubgraphLink => ({
  name: link.name,
  execute: (request, client) => link.execute(request, client),
  async subscribe(request, client) {
    if (broken()) throw new SotpError('SUBGRAPH_UNAVAILABLE')
    return link.subscribe(request, client)
  },
  [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
})

const clientOf = (identity: Identity): ClientContext => ({
  identity,
  requestId: 'test',
  ip: null,
  userAgent: null,
  cookies: emptyCookieJar,
  liveUrl: '',
})

function join(
  { hub, generations }: { hub: Hub; generations: Generations },
  query: string,
  {
    identity = someone({ grants: everywhere('ADMIN') }),
    variables = {},
    after,
    stuck = false,
  }: JoinOptions = {},
): Reader {
  const events = () => reader.results.map(({ data }) => Object.values(data ?? {})[0])
  let handle: Subscription | undefined
  const reader: Reader = {
    results: [],
    bodies: [],
    ended: undefined,
    backlog: 0,
    get last() {
      return reader.results.at(-1)
    },
    get types() {
      return events().map((event) => event?.type)
    },
    get cursors() {
      return events().map((event) => event?.cursor)
    },
    get values() {
      return valuesOf(events())
    },
    async until(type) {
      const endsAt = Date.now() + waitMs
      while (!reader.types.includes(type)) {
        if (Date.now() > endsAt) throw new Error(`no ${type} came, but ${JSON.stringify(reader.results)}`)
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    },
    drain() {
      reader.backlog = 0
      handle?.drained()
    },
    become: (next) => handle?.become(clientOf(next)),
    leave: () => handle?.leave(),
  }
  const outlet: Outlet = {
    get backlog() {
      return reader.backlog
    },
    send({ body: shared }, body = shared) {
      if (stuck) reader.backlog += body.length
      reader.bodies.push(body)
      reader.results.push(JSON.parse(body.toString()))
    },
    end(errors) {
      reader.ended = errors ?? []
    },
  }
  const client = clientOf(identity)
  const admitted = generations.current.documents.admit({ query }, client)
  if ('refused' in admitted) throw admitted.refused[0]
  const { prepared, operation } = admitted
  const asked = { prepared, operation, query, variables, operationName: undefined, after }
  const found = hub.subscribe(asked, client, outlet)
  if ('errors' in found) reader.ended = found.errors.map((error) => error.toJSON())
  else handle = found
  return reader
}

function valuesOf(events: readonly (BoxEvent | undefined)[]): Record<string, number> {
  let known: Record<string, number> = {}
  let confirmed: Set<string> | undefined
  for (const event of events) {
    const id = event?.state?.box?.id
    if (event?.type === 'RESYNC') confirmed = new Set()
    else if (event?.type === 'LIVE') {
      const named = confirmed
      if (named) known = Object.fromEntries(Object.entries(known).filter(([key]) => named.has(key)))
      confirmed = undefined
    } else if (id !== undefined) {
      known[id] = event?.state?.value ?? 0
      confirmed?.add(id)
    }
  }
  return known
}
