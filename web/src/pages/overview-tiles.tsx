import { Link } from '@tanstack/react-router'

import type { Reachability } from '../gql/graphql'
import { useCounts, useStatesComplete } from '../live/live'
import { cx } from '../parts/cx'
import { Skeleton } from '../parts/feedback'
import { Icon } from '../parts/icon'
import { stateLook } from '../parts/state'
import { useWords } from '../texts/language'

const order: readonly Reachability[] = ['UP', 'DEGRADED', 'DOWN', 'UNREACHABLE', 'UNKNOWN']

/** How many devices are in each state; each tile leads to just these devices. */
export function StateTiles() {
  const { t, format, fill } = useWords()
  const counts = useCounts()
  const ready = useStatesComplete()
  return (
    <section
      aria-label={t.overview.allDevices}
      className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-6"
    >
      <Link
        className="card group flex flex-col justify-between gap-2 p-3.5 transition-colors hover:border-line-strong"
        data-testid="tile-total"
        to="/devices"
      >
        <span className="flex items-center gap-2 text-ink-mute text-sm">
          <Icon name="devices" />
          {t.overview.allDevices}
        </span>
        {ready ? (
          <span className="num font-semibold text-3xl tracking-tight">{format.integer(counts.total)}</span>
        ) : (
          <Skeleton className="h-9 w-16" />
        )}
        <Shares />
      </Link>
      {order.map((state) => {
        const { icon, soft, text } = stateLook[state]
        const n = counts[state]
        return (
          <Link
            aria-label={fill(t.overview.tile, {
              state: t.network.reachability[state],
              count: format.integer(n),
            })}
            className={cx(
              'card flex flex-col justify-between gap-2 p-3.5 transition-colors hover:border-line-strong',
              n > 0 && state === 'DOWN' && 'border-down/50',
            )}
            data-testid={`tile-${state}`}
            key={state}
            search={{ state: [state] }}
            to="/devices"
          >
            <span className="flex items-center gap-2 text-ink-mute text-sm">
              <span className={cx('flex size-5 items-center justify-center rounded-full', soft)}>
                <Icon name={icon} size={13} />
              </span>
              {t.network.reachability[state]}
            </span>
            {ready ? (
              <span
                className={cx('num font-semibold text-3xl tracking-tight', n > 0 && state !== 'UP' && text)}
              >
                {format.integer(n)}
              </span>
            ) : (
              <Skeleton className="h-9 w-12" />
            )}
            <span className="num text-ink-mute text-xs">
              {counts.total > 0
                ? fill(t.overview.share, { percent: format.percent(n / counts.total, 1) })
                : t.shell.states.none}
            </span>
          </Link>
        )
      })}
    </section>
  )
}

/** The states' shares as one bar. */
function Shares() {
  const counts = useCounts()
  return (
    <span aria-hidden="true" className="flex h-1.5 gap-px overflow-hidden rounded-full bg-sunken">
      {order.map((state) =>
        counts[state] > 0 ? (
          <span className={stateLook[state].solid} key={state} style={{ flexGrow: counts[state] }} />
        ) : null,
      )}
    </span>
  )
}
