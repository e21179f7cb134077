import { useEffect, useReducer, useSyncExternalStore } from 'react'

import { useWords } from '../texts/language'
import type { ChartCursor } from './chart-cursor'
import type { ChartLine } from './chart-lines'
import { useNow } from './clock'
import { cx } from './cx'
import type { SeriesStore } from './series'
import { spanOf, type Window } from './time-window'

interface LegendProps {
  lines: readonly ChartLine[]
  store: SeriesStore
  window: Window
  cursor: ChartCursor
  ghost: SeriesStore | undefined
  /** What the dashed lines are called, where there are some. */
  before: string | undefined
}

/**
 * Each line with its values: under the crosshair or the newest one, and lowest, mean and highest of the window. It
 * follows the mouse by itself, so that the chart around it does not render again.
 */
export function ChartLegend({ lines, store, ghost, window: shown, cursor: source, before }: LegendProps) {
  const { t, format } = useWords()
  useRedrawWith(store)
  const cursor = useSyncExternalStore(source.watch, source.get)
  const now = useNow(5) / 1000
  const span = spanOf(shown, now)
  const { chart } = t.device
  const at = cursor && (span.to - span.from > 86_400 ? format.dayTime : format.timeSeconds)(cursor.at * 1000)
  const columns = [chart.min, chart.avg, chart.max]
  // A phone has room for four columns: the first of these give way.
  const narrow = before ? 2 : 1
  return (
    <div className="px-4 pb-3">
      <table className="num w-full table-fixed whitespace-nowrap text-[13px] max-sm:text-xs">
        <thead className="text-ink-mute text-xs">
          <tr>
            <th className="w-[26%] text-left font-normal" scope="col">
              <span className="sr-only">{chart.line}</span>
            </th>
            <th className={cx('text-right font-normal', at && 'text-ink')} scope="col">
              {at ?? (shown.live ? chart.now : chart.last)}
            </th>
            {before && (
              <th className="text-right font-normal" scope="col">
                {before}
              </th>
            )}
            {columns.map((name, n) => (
              <th
                className={cx('text-right font-normal', n < narrow && 'max-sm:hidden')}
                key={name}
                scope="col"
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => {
            const { metric, label, show } = line
            const found = store.summary(metric, span)
            return (
              <tr key={metric}>
                <th className="truncate py-px text-left font-normal text-ink-soft" scope="row">
                  <Swatch line={line} />
                  {label}
                </th>
                <td className="text-right font-medium">
                  {show(cursor ? cursor.values[index] : found?.last)}
                </td>
                {before && (
                  <td className="text-right text-ink-mute">
                    {show(ghost?.valueAt(metric, cursor?.at ?? span.to))}
                  </td>
                )}
                {[found?.min, found?.avg, found?.max].map((value, n) => (
                  <td
                    className={cx('text-right text-ink-mute', n < narrow && 'max-sm:hidden')}
                    key={columns[n]}
                  >
                    {show(value)}
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
      <p aria-live="polite" className="sr-only">
        {cursor?.byKey &&
          [at, ...lines.map(({ label, show }, index) => `${label} ${show(cursor.values[index])}`)].join(', ')}
      </p>
    </div>
  )
}

const Swatch = ({ line: { look, color } }: { line: ChartLine }) => (
  <span
    aria-hidden="true"
    className={cx(
      'mr-2 inline-block rounded-sm align-middle',
      look === 'bars' ? 'mx-[3px] mr-[11px] w-1.5' : 'w-3',
      look === 'line' ? 'h-[3px]' : 'h-2.5',
    )}
    style={{ background: `var(--${color})` }}
  />
)

/** Renders again when the store has changed, at most every half second. */
function useRedrawWith(store: SeriesStore): void {
  const [, redraw] = useReducer((n: number) => n + 1, 0)
  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout> | undefined
    const stop = store.watch(() => {
      waiting ??= setTimeout(() => {
        waiting = undefined
        redraw()
      }, 500)
    })
    return () => {
      stop()
      clearTimeout(waiting)
    }
  }, [store])
}
