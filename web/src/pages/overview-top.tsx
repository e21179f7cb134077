import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'

import type { LiveState } from '../live/device-states'
import { directory, states } from '../live/live'
import { Card } from '../parts/card'
import { cx } from '../parts/cx'
import { useWords, type Words } from '../texts/language'

const figures = {
  cpu: {
    of: (state: LiveState) => state.cpuRatio,
    full: 1,
    show: (w: Words, v: number) => w.format.percent(v),
  },
  memory: {
    of: (state: LiveState) => state.memoryRatio,
    full: 1,
    show: (w: Words, v: number) => w.format.percent(v),
  },
  rtt: {
    of: (state: LiveState) => state.rttMs,
    full: undefined,
    show: (w: Words, v: number) => w.format.ms(v),
  },
  loss: {
    of: (state: LiveState) => state.lossRatio,
    full: 1,
    show: (w: Words, v: number) => w.format.percent(v, 1),
  },
} as const
type Figure = keyof typeof figures

const everyMs = 2_000
const most = 6

/** The devices with the highest figures now, from the live states: no query. */
export function TopLists() {
  const words = useWords()
  const { t } = words
  const [figure, setFigure] = useState<Figure>('cpu')
  const rows = useTop(figure)
  const { full, show } = figures[figure]
  const highest = full ?? Math.max(1, ...rows.map(([, value]) => value))
  return (
    <Card
      aside={
        <fieldset className="flex rounded-lg bg-sunken p-0.5">
          <legend className="sr-only">{t.overview.top.title}</legend>
          {(Object.keys(figures) as Figure[]).map((each) => (
            <button
              aria-pressed={figure === each}
              className={cx(
                'h-6 rounded-md px-2 text-[13px]',
                figure === each
                  ? 'bg-surface font-medium text-ink shadow-card'
                  : 'text-ink-mute hover:text-ink',
              )}
              key={each}
              onClick={() => setFigure(each)}
              type="button"
            >
              {t.overview.top[each]}
            </button>
          ))}
        </fieldset>
      }
      title={t.overview.top.title}
    >
      <ol className="px-4 pb-3">
        {rows.length === 0 && <li className="py-4 text-ink-mute text-sm">{t.overview.top.none}</li>}
        {rows.map(([id, value]) => (
          <li key={id}>
            <Link
              className="group grid grid-cols-[minmax(0,1fr)_minmax(0,1.2fr)_64px] items-center gap-3 rounded-md py-1.5 text-sm hover:text-accent"
              params={{ id }}
              to="/devices/$id"
            >
              <span className="truncate">{directory.get(id)?.name ?? id.slice(0, 8)}</span>
              <span aria-hidden="true" className="h-1.5 overflow-hidden rounded-full bg-sunken">
                <span
                  className={cx(
                    'block h-full rounded-full transition-[width] duration-500',
                    full && value >= 0.9 ? 'bg-down' : full && value >= 0.8 ? 'bg-degraded' : 'bg-accent',
                  )}
                  style={{ width: `${Math.max(2, (value / highest) * 100)}%` }}
                />
              </span>
              <span className="num text-right">{show(words, value)}</span>
            </Link>
          </li>
        ))}
      </ol>
    </Card>
  )
}

/** Device ids with their figure, highest first; ordered anew every two seconds, so that rows can be clicked. */
function useTop(figure: Figure): readonly (readonly [string, number])[] {
  const [rows, setRows] = useState<readonly (readonly [string, number])[]>([])
  useEffect(() => {
    const order = () =>
      setRows(
        states
          .all()
          .map((state) => [state.deviceId, figures[figure].of(state) ?? 0] as const)
          .filter(([id, value]) => value > 0 && directory.get(id))
          .sort(([, a], [, b]) => b - a)
          .slice(0, most),
      )
    order()
    const timer = setInterval(order, everyMs)
    return () => clearInterval(timer)
  }, [figure])
  return rows
}
