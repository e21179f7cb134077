import { useApolloClient } from '@apollo/client/react'
import { useCallback, useEffect, useRef, useState } from 'react'

import { DeviceSeriesDocument, InterfaceSeriesDocument, type TimeRangeInput } from '../gql/graphql'
import { onReconnect } from '../live/socket'
import { SeriesStore } from '../parts/series'

const maxPoints = 500

export interface LoadedSeries {
  store: SeriesStore
  /** Nothing loaded yet. */
  loading: boolean
  refreshing: boolean
  error: unknown
  reload: () => void
}

interface Wanted {
  /** A device or an interface, by id. */
  of: 'device' | 'interface'
  id: string
  metrics: readonly string[]
  range: TimeRangeInput
}

/**
 * The series of a device or an interface in a window, in a store that live samples are then added to. Points do not
 * pass through the cache: they are many, and nobody else reads them.
 */
export function useSeries({ of, id, metrics, range }: Wanted): LoadedSeries {
  const client = useApolloClient()
  const [store, setStore] = useState(() => new SeriesStore())
  const [state, setState] = useState<{ of?: string; busy: boolean; error?: unknown }>({ busy: true })
  const key = JSON.stringify({ of, id, metrics, range })
  const newest = useRef(key)
  newest.current = key

  const load = useCallback(async () => {
    const wanted = JSON.parse(key) as Wanted
    setState((before) => ({ ...before, busy: true }))
    try {
      const series = await fetchSeries(client, wanted)
      if (newest.current !== key) return
      const next = new SeriesStore()
      for (const { metric, step, points } of series) next.load(metric, step, points)
      setStore(next)
      setState({ of: wanted.id, busy: false })
    } catch (error) {
      if (newest.current === key) setState((before) => ({ ...before, busy: false, error }))
    }
  }, [client, key])

  useEffect(() => {
    void load()
    return onReconnect(() => void load())
  }, [load])

  const loading = state.of !== id && state.error === undefined
  return { store, loading, refreshing: state.busy && !loading, error: state.error, reload: () => void load() }
}

type Client = ReturnType<typeof useApolloClient>

async function fetchSeries(client: Client, { of, id, metrics, range }: Wanted) {
  const variables = { id, metrics: [...metrics], range, maxPoints }
  const options = { variables, fetchPolicy: 'no-cache' } as const
  if (of === 'device') {
    const { data } = await client.query({ query: DeviceSeriesDocument, ...options })
    return data?.device?.series ?? []
  }
  const { data } = await client.query({ query: InterfaceSeriesDocument, ...options })
  return data?.interface?.series ?? []
}
