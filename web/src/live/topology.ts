import { useEffect, useSyncExternalStore } from 'react'

import { allPages } from '../app/all-pages'
import { client } from '../app/api'
import {
  LiveTopologyDocument,
  TopologyLinksDocument,
  type TopologyLinksQuery,
  TopologyParentsDocument,
} from '../gql/graphql'
import { watchDevices } from './live'
import { openStream } from './stream'

export type TopologyLink = TopologyLinksQuery['topology']['links']['nodes'][number]
export type TopologyEnd = TopologyLink['from']

export interface TopologyView {
  links: readonly TopologyLink[]
  /** Ids of the devices each device is reached through. */
  parents: ReadonlyMap<string, readonly string[]>
  loaded: boolean
  error: unknown
}

const pageSize = 250
/** Utilisation is as old as this at most. */
const refreshMs = 30_000
/** Changes that come together are loaded together. */
const gatherMs = 700

const nothing: TopologyView = { links: [], parents: new Map(), loaded: false, error: undefined }
let view = nothing
const listeners = new Set<() => void>()

function show(next: TopologyView): void {
  view = next
  for (const listener of listeners) listener()
}

/** The links of the network with what flows over them, as they change, while a component shows them. */
export function useTopology(): TopologyView & { reload: () => void } {
  useEffect(() => followTopology(), [])
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => view,
  )
  return { ...shown, reload: () => void load() }
}

function followTopology(): () => void {
  let cursor: string | null = null
  let soon: ReturnType<typeof setTimeout> | undefined
  const changed = () => {
    soon ??= setTimeout(() => {
      soon = undefined
      void load()
    }, gatherMs)
  }
  const stop = openStream({
    document: LiveTopologyDocument,
    variables: () => ({ after: cursor }),
    onData: ({ topologyChanged }) => {
      cursor = topologyChanged.cursor
      changed()
    },
  })
  const unwatch = watchDevices(changed)
  const timer = setInterval(() => void load(), refreshMs)
  void load()
  return () => {
    stop()
    unwatch()
    clearInterval(timer)
    clearTimeout(soon)
    view = nothing
  }
}

let running: Promise<void> | undefined

/** Loads everything; one load at a time. */
function load(): Promise<void> {
  running ??= loadAll().finally(() => {
    running = undefined
  })
  return running
}

async function loadAll(): Promise<void> {
  try {
    const links = await allPages(async (after) => {
      const { data } = await client.query({
        query: TopologyLinksDocument,
        variables: { first: pageSize, after },
        fetchPolicy: 'no-cache',
      })
      return data?.topology.links
    })
    const nodes = await allPages(async (after) => {
      const { data } = await client.query({
        query: TopologyParentsDocument,
        variables: { first: pageSize, after },
        fetchPolicy: 'no-cache',
      })
      return data?.topology.nodes
    })
    const parents = new Map(nodes.map((node) => [node.id, node.parents.map(({ id }) => id)]))
    show({ links, parents, loaded: true, error: undefined })
  } catch (error) {
    show({ ...view, error })
  }
}
