import { randomUUID } from 'node:crypto'
import type { GraphQLError, GraphQLFormattedError } from 'graphql'

import { errors } from '#core/contract/errors.js'
import type { Log } from '#core/service/log.js'
import { gauge } from '#core/service/metrics.js'

import type { Generation, Generations } from '../generation.js'
import type { ClientContext } from '../links/link.js'
import { noteOf, type Usage } from '../usage.js'
import { Member, type Outlet } from './member.js'
import { openLocator, type Place } from './place.js'
import { beginning } from './position.js'
import { keepStreams } from './reload.js'
import { eventResolver, type LiveRequest } from './resolve.js'
import { Stream, type StreamMake } from './stream.js'

/** One client's subscription. */
export interface Subscription {
  /** The network has taken what was sent. */
  drained(): void
  /** The same client with other rights: its stream goes on as these rights see it, or ends with the reason why not. */
  become(client: ClientContext): void
  /** The client has left. */
  leave(): void
}

/** Federated subscriptions: one shared stream for each operation, variables and view. */
export interface Hub extends AsyncDisposable {
  /**
   * Sends to `outlet`, maybe before this returns. What the subgraph refuses comes as `outlet.end(errors)`.
   * @returns the errors of variables that do not fit
   */
  subscribe(
    request: LiveRequest,
    client: ClientContext,
    outlet: Outlet,
  ): Subscription | { errors: readonly GraphQLError[] }
}

/** A stream nobody listens to is kept for so long. */
const lingerMs = 500
/** What all streams together may keep for those who were away, and one at most. */
const ringsBytesMax = 64 * 1024 * 1024
const ringBytesMax = 2 * 1024 * 1024

const stopping: GraphQLFormattedError = {
  message: errors.NOT_READY.message,
  extensions: { code: 'NOT_READY', retry: errors.NOT_READY.retry },
}

/** One subscription as the hub keeps it. */
export interface Entry {
  request: LiveRequest
  client: ClientContext
  readonly member: Member
  stream: Stream
  key: string
}

/** All streams by their key; what is not shared has a key that nobody can ask for. */
export type Streams = Map<string, Stream>

export function openHub({
  generations,
  usage,
  log,
}: {
  generations: Generations
  /** Where each subscription is noted. */
  usage?: Usage | undefined
  log: Log
}): Hub {
  const locate = openLocator()
  const streams: Streams = new Map()
  const entries = new Set<Entry>()

  const makeOf = (generation: Generation, { plan, worker }: Place, request: LiveRequest): StreamMake => ({
    generation,
    plan,
    request,
    resolve: eventResolver(plan, { generation, request, client: worker, log }),
  })

  function streamAt(place: Place, request: LiveRequest): Stream {
    const key = place.shared ? place.key : `${place.key} ${randomUUID()}`
    const known = streams.get(key)
    if (known) return known
    const made = new Stream(makeOf(generations.current, place, request), {
      client: place.worker,
      lingerMs: place.shared ? lingerMs : 0,
      ringBytesMax: () => Math.min(ringBytesMax, ringsBytesMax / Math.max(1, streams.size)),
      log,
      onEmpty: () => {
        for (const [at, one] of streams) if (one === made) streams.delete(at)
        gauge('sotp_gateway_streams', streams.size)
      },
    })
    streams.set(key, made)
    gauge('sotp_gateway_streams', streams.size)
    return made
  }

  function begin(
    request: LiveRequest,
    client: ClientContext,
    outlet: Outlet,
  ): Entry | { errors: readonly GraphQLError[] } {
    const place = locate(generations.current, request, client)
    if ('errors' in place) return place
    const member = new Member(outlet, () => {
      entries.delete(entry)
      gauge('sotp_gateway_subscribers', entries.size)
      entry.stream.leave(member)
    })
    const entry: Entry = { request, client, member, stream: streamAt(place, request), key: place.key }
    entries.add(entry)
    gauge('sotp_gateway_subscribers', entries.size)
    entry.stream.join(member, place.after)
    return entry
  }

  /** Moves a member to where it belongs now. What it was not sent yet was made for other rights, and is dropped. */
  function settle(entry: Entry): void {
    const { member, request, client } = entry
    if (member.ended) return
    const place = locate(generations.current, request, client)
    if ('errors' in place) {
      member.end(place.errors.map((error) => error.toJSON()))
      return
    }
    if (place.key === entry.key) return
    const before = entry.stream
    entry.stream = streamAt(place, request)
    entry.key = place.key
    before.leave(member)
    member.clear()
    member.note({ accessChanged: true })
    // Other rights show other things: with a snapshot the client forgets what it may not see any more.
    const { resume } = entry.stream
    entry.stream.join(member, resume?.snapshots ? beginning : (member.sent ?? place.after))
  }

  const letGo = keepStreams({ generations, streams, entries, locate, makeOf, settle })
  return {
    subscribe(request, client, outlet) {
      const entry = begin(request, client, outlet)
      if ('errors' in entry) return entry
      usage?.record(noteOf({ ...request, generation: generations.current }, client, undefined))
      return {
        drained: () => entry.stream.drained(entry.member),
        become(next) {
          entry.client = next
          settle(entry)
        },
        leave: () => entry.member.leave(),
      }
    },
    async [Symbol.asyncDispose]() {
      letGo()
      for (const stream of [...streams.values()]) stream.end([stopping])
    },
  }
}
