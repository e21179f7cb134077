import { useApolloClient } from '@apollo/client/react'
import { useCallback, useEffect, useState } from 'react'

import { allPages } from '../app/all-pages'
import {
  DeviceSensorSeriesDocument,
  DeviceSensorsDocument,
  SensorSeriesDocument,
  type TimeRangeInput,
} from '../gql/graphql'
import { type Sensor, SensorReadings } from '../live/sensor-readings'
import { onReconnect } from '../live/socket'

const pageSize = 200
const sparkPoints = 48
const chartPoints = 300

/** Points of one sensor; null where nothing was stored. */
export type Points = readonly { at: string; value: number | null }[]

export interface LoadedSensors {
  sensors: readonly Sensor[] | undefined
  readings: SensorReadings
  /** The last hour of each sensor that measures, by its id. */
  sparks: ReadonlyMap<string, Points>
  error: unknown
  refreshing: boolean
  reload: () => void
}

/** All sensors of a device, page by page, what they said last, and a short history of each. */
export function useSensors(deviceId: string): LoadedSensors {
  const client = useApolloClient()
  const [readings] = useState(() => new SensorReadings())
  const [state, setState] = useState<{ sensors?: readonly Sensor[]; error?: unknown; busy: boolean }>({
    busy: true,
  })
  const [sparks, setSparks] = useState<ReadonlyMap<string, Points>>(new Map())
  const load = useCallback(async () => {
    setState((before) => ({ ...before, busy: true }))
    try {
      const sensors = await allPages<Sensor>(async (after) => {
        const { data } = await client.query({
          query: DeviceSensorsDocument,
          variables: { id: deviceId, first: pageSize, after },
          fetchPolicy: 'no-cache',
        })
        return data?.device?.sensors
      })
      readings.load(sensors)
      setState({ sensors, busy: false })
      const metrics = metricsOf(sensors)
      if (metrics.length === 0) return
      const { data } = await client.query({
        query: DeviceSensorSeriesDocument,
        variables: { id: deviceId, metrics, range: { last: '1h' }, maxPoints: sparkPoints },
        fetchPolicy: 'no-cache',
      })
      setSparks(new Map(data?.device?.series?.map(({ instance, points }) => [instance ?? '', points])))
    } catch (error) {
      setState((before) => ({ ...before, error, busy: false }))
    }
  }, [client, deviceId, readings])
  useEffect(() => {
    void load()
    return onReconnect(() => void load())
  }, [load])
  return {
    sensors: state.sensors,
    readings,
    sparks,
    error: state.error,
    refreshing: state.busy && state.sensors !== undefined,
    reload: () => void load(),
  }
}

/** Metrics of the values of these sensors. */
export const metricsOf = (sensors: readonly Sensor[]): string[] => [
  ...new Set(sensors.flatMap(({ metric }) => metric ?? [])),
]

/** The history of one sensor in a window; undefined until it is there. */
export function useSensorHistory(
  { id, metric }: Sensor,
  range: TimeRangeInput,
): { points: Points | undefined; error: unknown; reload: () => void } {
  const client = useApolloClient()
  const [state, setState] = useState<{ points?: Points; error?: unknown }>({})
  const key = JSON.stringify(range)
  const load = useCallback(async () => {
    if (metric === null) return setState({ points: [] })
    try {
      const { data } = await client.query({
        query: SensorSeriesDocument,
        variables: {
          id,
          metrics: [metric],
          range: JSON.parse(key) as TimeRangeInput,
          maxPoints: chartPoints,
        },
        fetchPolicy: 'no-cache',
      })
      setState({ points: data?.sensor?.series?.[0]?.points ?? [] })
    } catch (error) {
      setState({ error })
    }
  }, [client, id, metric, key])
  useEffect(() => {
    void load()
    const timer = setInterval(() => void load(), 60_000)
    return () => clearInterval(timer)
  }, [load])
  return { points: state.points, error: state.error, reload: () => void load() }
}
