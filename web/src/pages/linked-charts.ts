import { useMemo } from 'react'

import { useSamples } from '../live/samples'
import type { LinkedCharts } from '../parts/chart-panel'
import { useNow } from '../parts/clock'
import { spanOf, type Window, zoomTo } from '../parts/time-window'
import { useWords } from '../texts/language'
import {
  type ChartSearch,
  type ChartSearchChange,
  comparedRange,
  compareEverySeconds,
  periods,
  rangeInput,
  windowOf,
} from './chart-search'
import { useSeries } from './device-series'

interface Charted {
  of: 'device' | 'interface'
  id: string
  /** Whose live samples to follow. */
  deviceId: string
  metrics: readonly string[]
  search: ChartSearch
  change: ChartSearchChange
}

/** From this length on (seconds) a point stands for several polls, so that their extremes are worth drawing. */
const extremesFrom = 21_600

/**
 * Everything that the charts of a page share: their lines with live samples, the window and what it is compared with,
 * the crosshair, and what zooming does to the URL.
 */
export function useLinkedCharts({ of, id, deviceId, metrics, search, change }: Charted) {
  const { t } = useWords()
  const { range, from, to, compare } = search
  const shown = useMemo<Window>(
    () => windowOf({ ...(range && { range }), ...(from && { from }), ...(to && { to }) }),
    [range, from, to],
  )
  const { from: start, to: end } = spanOf(shown, 0)
  const extremes = end - start >= extremesFrom
  const wanted = { of, id, metrics, extremes }
  const { store, loading, refreshing, error, reload } = useSeries({
    ...wanted,
    range: rangeInput(search),
    shift: 0,
  })
  const now = useNow(compareEverySeconds) / 1000
  const before = useSeries(
    compare
      ? { ...wanted, extremes: false, range: comparedRange(shown, compare, now), shift: periods[compare] }
      : null,
  )
  useSamples(deviceId, metrics, (samples) => {
    if (!shown.live) return
    store.trim(Date.now() / 1000 - shown.seconds * 1.2)
    store.append(samples.filter(({ instance }) => instance === (of === 'device' ? null : id)))
  })
  const charts: LinkedCharts = {
    store,
    ghost: compare ? before.store : undefined,
    before: compare && t.device.compare[compare],
    window: shown,
    syncKey: id,
    onZoom: (a, b) => change(zoomTo(a, b, Date.now() / 1000)),
    onReset: () => change({ from: undefined, to: undefined }),
    loading,
    refreshing: refreshing || (compare !== undefined && before.refreshing),
  }
  return { charts, error: error ?? (compare && before.error), reload, live: shown.live }
}
