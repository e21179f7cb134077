import { useWords } from '../texts/language'
import type { ChartLine } from './chart-lines'
import type { SeriesStore } from './series'
import { spanOf, type Window } from './time-window'

interface ChartTableProps {
  title: string
  lines: readonly ChartLine[]
  store: SeriesStore
  window: Window
  height: number
}

const most = 200

/** The data of a chart as rows, newest first. */
export function ChartTable({ title, lines, store, window: shown, height }: ChartTableProps) {
  const { t, format } = useWords()
  const [times, ...columns] = store.columns(lines.map(({ metric }) => metric))
  const { from, to } = spanOf(shown, Date.now() / 1000)
  const rows = times
    .map((time, index) => ({ time, index }))
    .filter(
      ({ time, index }) => time >= from && time <= to && columns.some((column) => column[index] != null),
    )
    .reverse()
    .slice(0, most)
  return (
    <section
      aria-label={title}
      className="overflow-auto border-line border-t"
      style={{ height }}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
    >
      <table className="num w-full text-sm">
        <caption className="sr-only">{title}</caption>
        <thead>
          <tr className="text-ink-mute">
            <th className="sticky top-0 bg-surface px-4 py-1 text-left font-medium" scope="col">
              {t.device.chart.time}
            </th>
            {lines.map(({ metric, label }) => (
              <th
                className="sticky top-0 bg-surface px-4 py-1 text-right font-medium"
                key={metric}
                scope="col"
              >
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ time, index }) => (
            <tr className="border-line border-t" key={time}>
              <td className="px-4 py-0.5">{format.full(time * 1000)}</td>
              {lines.map(({ metric, show }, line) => (
                <td className="px-4 py-0.5 text-right" key={metric}>
                  {show(columns[line]?.[index])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
