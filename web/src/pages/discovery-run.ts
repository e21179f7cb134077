import { useApolloClient, useQuery } from '@apollo/client/react'
import { useCallback, useEffect, useRef, useState } from 'react'

import { loaded } from '../app/loaded'
import { useMay } from '../app/permission'
import {
  DiscoveredHostsDocument,
  DiscoveryRunPageDocument,
  type JobState,
  LiveDiscoveryDocument,
  type RunViewFragment,
  RunViewFragmentDoc,
} from '../gql/graphql'
import { openStream } from '../live/stream'
import type { Host } from './discovery-hosts-of'
import { useRunView } from './discovery-run-view'

const pageSize = 200

export const isOver = (state: JobState): boolean => state !== 'QUEUED' && state !== 'RUNNING'

/** A search with whom it has found, both live until it is over. */
export function useDiscoveryRun(id: string) {
  const client = useApolloClient()
  const query = useQuery(DiscoveryRunPageDocument, { variables: { id }, fetchPolicy: 'cache-and-network' })
  const { data, error, first } = loaded(query)
  const run = useRunView(id)
  const { hosts, more, reload, failure } = useHosts(id)
  const over = run && isOver(run.state)
  const missing = data !== undefined && !query.loading && !data.discoveryRun

  useEffect(() => {
    if (missing || over) return
    return openStream({
      document: LiveDiscoveryDocument,
      variables: () => ({ runId: id }),
      onData: ({ discoveryProgress }) => {
        const now = discoveryProgress as unknown as RunViewFragment
        client.cache.writeFragment({ fragment: RunViewFragmentDoc, fragmentName: 'RunView', data: now })
        more()
      },
    })
  }, [client, id, missing, over, more])

  return { run, hosts, missing, first: first && !run, error: error ?? failure, reload }
}

/** Whom a run has found so far; each call of `more` fetches those that came since. */
function useHosts(id: string) {
  const client = useApolloClient()
  const credentials = useMay('credential.read')
  const [hosts, setHosts] = useState<readonly Host[]>([])
  const [failure, setFailure] = useState<unknown>()
  const place = useRef({ after: null as string | null, busy: false, again: false, epoch: 0 })

  const more = useCallback(() => {
    const state = place.current
    if (state.busy) {
      state.again = true
      return
    }
    state.busy = true
    state.again = false
    const { epoch } = state
    const fetchPage = async (): Promise<void> => {
      const { data } = await client.query({
        query: DiscoveredHostsDocument,
        variables: { id, first: pageSize, after: state.after, credentials },
        fetchPolicy: 'no-cache',
      })
      const found = data?.discoveryRun?.found ?? []
      if (epoch !== state.epoch) return
      if (found.length > 0) {
        const isFirst = state.after === null
        state.after = found.at(-1)?.cursor ?? state.after
        setHosts((before) => (isFirst ? found : [...before, ...found]))
      }
      if (found.length === pageSize) await fetchPage()
    }
    fetchPage()
      .then(() => setFailure(undefined), setFailure)
      .finally(() => {
        state.busy = false
        if (state.again) more()
      })
  }, [client, id, credentials])

  /** Fetches all of them anew: what they are to us has changed. */
  const reload = useCallback(() => {
    place.current.epoch += 1
    place.current.after = null
    more()
  }, [more])

  useEffect(() => {
    place.current = { after: null, busy: false, again: false, epoch: place.current.epoch + 1 }
    setHosts([])
    more()
  }, [more])
  return { hosts, more, reload, failure }
}
