import { useMemo } from 'react'

import type { PipelinePageQuery } from '../gql/graphql'
import type { ChartLine } from '../parts/chart-lines'
import { ChartPanel, type LinkedCharts } from '../parts/chart-panel'
import { SeriesStore } from '../parts/series'
import { useWords, type Words } from '../texts/language'
import { throughput } from './health-level'

const shown = { live: true, seconds: 3600 } as const
const stepSeconds = 60
const nothing = () => undefined

/** What came in over the last hour, minute by minute. */
export function HealthCharts({ minutes }: { minutes: PipelinePageQuery['pipelineHealth']['minutes'] }) {
  const words = useWords()
  const { chart } = words.t.health
  const lines = useMemo(() => healthLines(words), [words])
  const store = useMemo(() => {
    const made = new SeriesStore()
    for (const [name, points] of Object.entries(throughput(minutes)))
      made.load(name, { step: stepSeconds, points })
    return made
  }, [minutes])
  const charts: LinkedCharts = {
    store,
    ghost: undefined,
    before: undefined,
    window: shown,
    syncKey: 'health',
    onZoom: nothing,
    onReset: nothing,
    loading: false,
    refreshing: false,
  }
  return (
    <>
      <ChartPanel charts={charts} lines={lines.samples} testId="chart-samples" title={chart.samples} />
      <ChartPanel charts={charts} lines={lines.polls} testId="chart-polls" title={chart.polls} />
    </>
  )
}

function healthLines({ t, fill, format }: Words): { samples: ChartLine[]; polls: ChartLine[] } {
  const { chart } = t.health
  const rate = {
    show: (value: number | null | undefined) => fill(t.network.unit.perSecond, { value: format.si(value) }),
    least: 1,
    axisWidth: 64,
    side: 'left',
    look: 'area',
    format,
  } as const
  return {
    samples: [{ ...rate, metric: 'samples', label: chart.stored, color: 'series-1' }],
    polls: [
      { ...rate, metric: 'polls', label: chart.polled, color: 'series-4' },
      {
        metric: 'failed',
        label: chart.failed,
        color: 'series-3',
        look: 'bars',
        side: 'right',
        show: (value) => format.percent(value, value && value < 0.1 ? 1 : 0),
        least: 0.1,
        most: 1,
        axisWidth: 48,
        format,
      },
    ],
  }
}
