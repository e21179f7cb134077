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

/** Whom a run has found so far; each call of `more` fetches those that came since, `reload` all of them anew. */
function useHosts(id: string) {
  const client = useApolloClient()
  const credentials = useMay('credential.read')
  const [hosts, setHosts] = useState<readonly Host[]>([])
  const [failure, setFailure] = useState<unknown>()
  const [round, setRound] = useState(0)
  const feed = useRef<() => void>(undefined)
  const shown = useRef('')

  useEffect(() => {
    // What is only loaded anew stays until the new is there.
    const key = `${id} ${round}`
    if (!shown.current.startsWith(id)) setHosts([])
    shown.current = key
    let [after, busy, again, ended] = [null as string | null, false, false, false]
    const fetchPage = async (): Promise<void> => {
      const { data } = await client.query({
        query: DiscoveredHostsDocument,
        variables: { id, first: pageSize, after, credentials },
        fetchPolicy: 'no-cache',
      })
      if (ended) return
      setFailure(undefined)
      const found = data?.discoveryRun?.found ?? []
      const isFirst = after === null
      after = found.at(-1)?.cursor ?? after
      if (found.length > 0) setHosts((before) => (isFirst ? found : [...before, ...found]))
      if (found.length === pageSize) await fetchPage()
    }
    const more = (): void => {
      again = busy
      if (busy || ended) return
      busy = true
      void fetchPage()
        .catch((error: unknown) => !ended && setFailure(error))
        .finally(() => {
          busy = false
          if (again) more()
        })
    }
    feed.current = more
    more()
    return () => {
      ended = true
    }
  }, [client, id, credentials, round])

  const more = useCallback(() => feed.current?.(), [])
  const reload = useCallback(() => setRound((before) => before + 1), [])
  return { hosts, more, reload, failure }
}
