import { type IdentitySigner, openIdentitySigner } from '#core/service/identity.js'
import type { Log } from '#core/service/log.js'
import type { Subgraph } from '#core/service/subgraph.js'

import type { Graph } from '../supergraph.js'
import { joinEntities } from './entities.js'
import type { SubgraphLink } from './link.js'
import { openLocalLink } from './local.js'
import { openRemoteLink, type RemoteLink } from './remote.js'
import { shareCalls } from './share.js'
import { tracedLink } from './traced.js'

/** A subgraph of somebody else, that joined at run time. */
export interface JoinedSubgraph {
  name: string
  url: string
  /** Signs whom each call runs for; its key is known to this subgraph alone. */
  key: string
}

/** Links by name, each opened once and kept while a schema needs it. */
export interface Links extends AsyncDisposable {
  /** A link to each subgraph of the graph. @throws Error naming the subgraphs that nobody said where to find. */
  of(graph: Graph): ReadonlyMap<string, SubgraphLink>
  /** Where the subgraphs are that joined; a graph taken from now on gets links to these places. */
  expect(joined: readonly JoinedSubgraph[]): void
  /** Closes the links that `current` has not, once what runs on them must have ended. */
  closeUnused(current: ReadonlyMap<string, SubgraphLink>): void
  /** Resolves where each of our own subgraphs in other processes answers. @throws Error naming those that do not */
  check(): Promise<void>
}

interface LinkOptions {
  local: readonly Subgraph[]
  /** Origins of our own subgraphs in other processes, by name. */
  remotes: ReadonlyMap<string, string>
  timeoutMs: number
  /** Other times for these subgraphs, by name. */
  timeouts: ReadonlyMap<string, number>
  /** How long after its beginning a call is joined by equal ones. */
  shareMs: number
  internalKey: string
  log: Log
}

interface Opened {
  link: SubgraphLink
  /** Tells a place and its key from another; empty for our own. */
  place: string
  remote?: RemoteLink
}

/** Beyond its time limit nothing runs on a link; streams have moved on when a schema is swapped. */
const graceMs = 5000

export function openLinks(options: LinkOptions): Links {
  const { local, remotes, timeoutMs, timeouts, shareMs, internalKey, log } = options
  const signer = openIdentitySigner(internalKey)
  const opened = new Set<Opened>()
  const leaving = new Map<Opened, NodeJS.Timeout>()
  let joined = new Map<string, JoinedSubgraph>()

  const timeOf = (name: string): number => timeouts.get(name) ?? timeoutMs
  const placeOf = (name: string): string => {
    const place = isOwn(name) ? undefined : joined.get(name)
    return place ? `${place.url}\n${place.key}` : ''
  }
  const wrap = (link: SubgraphLink): SubgraphLink => joinEntities(shareCalls(tracedLink(link), shareMs))
  const isOwn = (name: string): boolean => remotes.has(name) || local.some((one) => one.name === name)

  function open(name: string): Opened {
    const place = placeOf(name)
    const subgraph = local.find((one) => one.name === name)
    if (subgraph) {
      return { link: wrap(openLocalLink({ subgraph, timeoutMs: timeOf(name), log })), place }
    }
    const own = remotes.get(name)
    const { url, by }: { url: string; by: IdentitySigner } =
      own === undefined
        ? { url: joined.get(name)?.url ?? '', by: openIdentitySigner(joined.get(name)?.key ?? '') }
        : { url: own, by: signer }
    const external = own === undefined
    const remote = openRemoteLink({ name, url, signer: by, external, timeoutMs: timeOf(name), log })
    return { link: wrap(remote), place, remote }
  }

  /** The link of that name to where its subgraph is now; one to another place stays for those who use it. */
  function linkTo(name: string): SubgraphLink {
    const place = placeOf(name)
    for (const one of opened) if (one.link.name === name && one.place === place) return one.link
    const made = open(name)
    opened.add(made)
    return made.link
  }

  function leave(one: Opened): void {
    const close = async () => {
      leaving.delete(one)
      try {
        await one.link[Symbol.asyncDispose]()
      } catch (error) {
        log.warn({ err: error, subgraph: one.link.name }, 'link did not close')
      }
    }
    leaving.set(one, setTimeout(close, timeOf(one.link.name) + graceMs).unref())
  }

  return {
    of({ subgraphs }) {
      const missing = subgraphs.filter((name) => !isOwn(name) && !joined.has(name))
      if (missing.length > 0) {
        throw new Error(`SOTP_GATEWAY_SUBGRAPHS does not say where these are: ${missing.join(', ')}`)
      }
      return new Map(subgraphs.map((name) => [name, linkTo(name)]))
    },
    expect(next) {
      joined = new Map(next.map((one) => [one.name, one]))
    },
    closeUnused(current) {
      for (const one of opened) {
        if (current.get(one.link.name) === one.link) continue
        opened.delete(one)
        leave(one)
      }
    },
    async check() {
      const own = [...opened].filter(({ link }) => isOwn(link.name))
      const faults = await Promise.all(own.map(({ link, remote }) => faultOf(link.name, remote)))
      const told = faults.filter((fault) => fault !== undefined)
      if (told.length > 0) throw new Error(`no answer from ${told.join(', ')}`)
    },
    async [Symbol.asyncDispose]() {
      for (const timer of leaving.values()) clearTimeout(timer)
      await Promise.all([...opened, ...leaving.keys()].map(({ link }) => link[Symbol.asyncDispose]()))
    },
  }
}

async function faultOf(name: string, remote: RemoteLink | undefined): Promise<string | undefined> {
  try {
    await remote?.check()
    return undefined
  } catch (error) {
    return `${name} (${error instanceof Error ? error.message : String(error)})`
  }
}
