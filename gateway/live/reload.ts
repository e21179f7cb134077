import { randomUUID } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import type { GraphQLError } from 'graphql'

import { isSubscription } from '../documents.js'
import type { Generation, Generations } from '../generation.js'
import { present } from '../present.js'
import type { Entry, Streams } from './hub.js'
import type { Locate, Place } from './place.js'
import type { LiveRequest } from './resolve.js'
import type { Stream, StreamMake } from './stream.js'

interface Kept {
  generations: Generations
  streams: Streams
  entries: ReadonlySet<Entry>
  locate: Locate
  makeOf: (generation: Generation, place: Place, request: LiveRequest) => StreamMake
  /** Moves an entry to the stream where it belongs now. */
  settle: (entry: Entry) => void
}

/** Clients whose operations fit no more are told within this time, not all in the same instant. */
const tellWithinMs = 2000

type Moved = { request: LiveRequest; place: Place } | { errors: readonly GraphQLError[] }

/**
 * Takes every stream over into a new schema. What still fits goes on without a frame; the rest ends with the reason.
 * @returns how to stop doing so
 */
export function keepStreams(kept: Kept): () => void {
  return kept.generations.onReplace(async (next) => {
    const moved = new Map<Entry, Moved>()
    const documents = new Set<string>()
    for (const entry of [...kept.entries]) {
      moved.set(entry, move(kept, next, entry))
      // Planning takes a while, and sockets must not wait for all of it.
      if (documents.size < documents.add(entry.request.query).size) await turn()
    }
    return () => {
      const streams = new Set(kept.streams.values())
      kept.streams.clear()
      for (const stream of streams) {
        const own = [...kept.entries].filter((entry) => entry.stream === stream)
        const all = own.map((entry) => [entry, moved.get(entry) ?? move(kept, next, entry)] as const)
        swap(kept, next, stream, all)
      }
    }
  })
}

function move({ locate }: Kept, next: Generation, { request, client }: Entry): Moved {
  const { query, operationName, variables } = request
  const admitted = next.documents.admit({ query, operationName, variables }, client)
  if ('refused' in admitted) return { errors: admitted.refused }
  const { prepared, operation } = admitted
  if (!isSubscription(operation)) return { errors: [] }
  const own = { ...request, prepared, operation }
  const place = locate(next, own, client)
  return 'errors' in place ? place : { request: own, place }
}

function swap(
  { streams, makeOf, settle }: Kept,
  next: Generation,
  stream: Stream,
  all: readonly (readonly [Entry, Moved])[],
): void {
  const [leader, to] = all.find(([, one]) => 'place' in one) ?? []
  if (leader && to && 'place' in to && sameReads(stream, to.place) && !streams.has(to.place.key)) {
    const worker = stream.worker
    stream.replace(makeOf(next, { ...to.place, worker }, to.request))
    streams.set(to.place.shared ? to.place.key : `${to.place.key} ${randomUUID()}`, stream)
    leader.key = to.place.key
  } else streams.set(`${next.graph.id} ${randomUUID()}`, stream)
  for (const [entry, one] of all) {
    if ('errors' in one) end(entry, one.errors)
    else {
      entry.request = one.request
      if (leader && leader.stream === stream && one.place.key === leader.key) entry.key = leader.key
      settle(entry)
    }
  }
}

/** A stream whose operation reads other rights now is another stream, even for those who hold them all. */
const sameReads = ({ make }: Stream, { plan }: Place): boolean =>
  JSON.stringify(make.plan.reads) === JSON.stringify(plan.reads)

function end({ member }: Entry, errors: readonly GraphQLError[]): void {
  const told = errors.map((error) => present(error.toJSON(), error))
  setTimeout(() => member.end(told), Math.random() * tellWithinMs).unref()
}
