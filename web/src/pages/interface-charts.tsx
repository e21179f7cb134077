import { useEffect, useMemo, useReducer } from 'react'

import { Card } from '../parts/card'
import { interfaceLines } from '../parts/chart-lines'
import { ChartPanel } from '../parts/chart-panel'
import { useNow } from '../parts/clock'
import { ProblemNote } from '../parts/feedback'
import type { SeriesStore } from '../parts/series'
import type { StateSpan } from '../parts/state-spans'
import { StateStrip } from '../parts/state-strip'
import { spanOf, type Window } from '../parts/time-window'
import { useWords } from '../texts/language'
import type { ChartSearch, ChartSearchChange } from './chart-search'
import { operSpans } from './interface-oper'
import { useLinkedCharts } from './linked-charts'
import { RangeBar } from './range-bar'

const metrics = [
  'if.in.bps',
  'if.out.bps',
  'if.in.utilization',
  'if.out.utilization',
  'if.in.errors',
  'if.out.errors',
  'if.in.discards',
  'if.out.discards',
  'if.oper',
]

interface InterfaceChartsProps {
  id: string
  deviceId: string
  search: ChartSearch
  change: ChartSearchChange
}

/** The history of one interface: what it carried, how full it was, what went wrong, when it was up. */
export function InterfaceCharts({ id, deviceId, search, change }: InterfaceChartsProps) {
  const words = useWords()
  const { chart } = words.t.device
  const lines = useMemo(() => interfaceLines(words), [words])
  const { charts, error, reload, live } = useLinkedCharts({
    of: 'interface',
    id,
    deviceId,
    metrics,
    search,
    change,
  })
  return (
    <>
      <RangeBar change={change} live={live} search={search} />
      {error !== undefined && (
        <ProblemNote className="mb-3" error={error} keeps={!charts.loading} onRetry={reload} />
      )}
      <div className="grid gap-4 xl:grid-cols-2">
        <ChartPanel charts={charts} lines={lines.traffic} testId="chart-traffic" title={chart.traffic} />
        <ChartPanel
          charts={charts}
          lines={lines.utilization}
          testId="chart-utilization"
          title={chart.utilization}
        />
        <ChartPanel charts={charts} lines={lines.errors} testId="chart-errors" title={chart.errors} />
        <ChartPanel charts={charts} lines={lines.discards} testId="chart-discards" title={chart.discards} />
        {!charts.loading && <OperCard store={charts.store} window={charts.window} />}
      </div>
    </>
  )
}

/** When the interface was up and when it was not. */
function OperCard({ store, window: shown }: { store: SeriesStore; window: Window }) {
  const { t } = useWords()
  const [, redraw] = useReducer((n: number) => n + 1, 0)
  useEffect(() => store.watch(redraw), [store])
  const span = spanOf(shown, useNow(10) / 1000)
  const spans = operSpans(store, span)
  const nameOf = (state: StateSpan['state']) =>
    t.interface.oper[state as keyof typeof t.interface.oper] ?? t.interface.oper.UNKNOWN
  return (
    <Card className="xl:col-span-2" title={t.interface.operTitle}>
      <div className="px-4 pb-2">
        <StateStrip label={t.interface.operTitle} nameOf={nameOf} shown={span} spans={spans} />
      </div>
    </Card>
  )
}
