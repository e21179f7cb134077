import { useApolloClient } from '@apollo/client/react'
import { useCallback, useEffect, useRef, useState } from 'react'

import {
  type Aggregate,
  DeviceSeriesDocument,
  type DeviceSeriesQuery,
  InterfaceSeriesDocument,
  type TimeRangeInput,
} from '../gql/graphql'
import { onReconnect } from '../live/socket'
import { SeriesStore } from '../parts/series'

const maxPoints = 500
const allAggregates = ['AVG', 'MIN', 'MAX'] as const

export interface LoadedSeries {
  store: SeriesStore
  /** Nothing loaded yet. */
  loading: boolean
  refreshing: boolean
  error: unknown
  reload: () => void
}

export interface Wanted {
  /** A device or an interface, by id. */
  of: 'device' | 'interface'
  id: string
  metrics: readonly string[]
  range: TimeRangeInput
  /** Ask for the lowest and highest samples of each point, too. */
  extremes: boolean
  /** Draw them so many seconds later than they were. */
  shift: number
}

/**
 * The series of a device or an interface in a window, in a store that live samples are then added to; null wants none.
 * Points do not pass through the cache: they are many, and nobody else reads them.
 */
export function useSeries(wanted: Wanted | null): LoadedSeries {
  const client = useApolloClient()
  const [store, setStore] = useState(() => new SeriesStore())
  const [state, setState] = useState<{ of?: string; busy: boolean; error?: unknown }>({ busy: true })
  const key = JSON.stringify(wanted)
  const newest = useRef(key)
  newest.current = key

  const load = useCallback(async () => {
    const asked = JSON.parse(key) as Wanted | null
    if (!asked) return setStore(new SeriesStore())
    setState((before) => ({ ...before, busy: true }))
    try {
      const next = storeOf(await fetchSeries(client, asked), asked.shift)
      if (newest.current !== key) return
      setStore(next)
      setState({ of: asked.id, busy: false })
    } catch (error) {
      if (newest.current === key) setState((before) => ({ ...before, busy: false, error }))
    }
  }, [client, key])

  useEffect(() => {
    void load()
    return onReconnect(() => void load())
  }, [load])

  const loading = state.of !== wanted?.id && state.error === undefined
  return { store, loading, refreshing: state.busy && !loading, error: state.error, reload: () => void load() }
}

type Series = NonNullable<NonNullable<DeviceSeriesQuery['device']>['series']>
type Client = ReturnType<typeof useApolloClient>

async function fetchSeries(client: Client, { of, id, metrics, range, extremes }: Wanted): Promise<Series> {
  const aggregate = extremes ? [...allAggregates] : ['AVG' as const]
  const variables = { id, metrics: [...metrics], range, maxPoints, aggregate }
  const options = { variables, fetchPolicy: 'no-cache' } as const
  if (of === 'device') {
    const { data } = await client.query({ query: DeviceSeriesDocument, ...options })
    return data?.device?.series ?? []
  }
  const { data } = await client.query({ query: InterfaceSeriesDocument, ...options })
  return data?.interface?.series ?? []
}

function storeOf(series: Series, shift: number): SeriesStore {
  const store = new SeriesStore()
  for (const [metric, parts] of Map.groupBy(series, ({ metric }) => metric)) {
    const pointsOf = (wanted: Aggregate) => parts.find(({ aggregate }) => aggregate === wanted)?.points
    const [points, low, high] = allAggregates.map(pointsOf)
    const step = parts[0]?.step ?? 1
    if (points) store.load(metric, { step, points, ...(low && high && { low, high }) }, shift)
  }
  return store
}
