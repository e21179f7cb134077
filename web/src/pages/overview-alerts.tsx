import { useQuery } from '@apollo/client/react'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'

import { debounce } from '../app/debounce'
import { loaded } from '../app/loaded'
import { type AlertSeverity, OverviewAlertsDocument } from '../gql/graphql'
import { watchAlerts } from '../live/live'
import { Card } from '../parts/card'
import { Ago } from '../parts/clock'
import { Empty, ProblemNote, Skeleton } from '../parts/feedback'
import { Icon } from '../parts/icon'
import { SeverityBadge } from '../parts/state'
import { useWords } from '../texts/language'

const severities: readonly [AlertSeverity, 'critical' | 'warning' | 'info'][] = [
  ['CRITICAL', 'critical'],
  ['WARNING', 'warning'],
  ['INFO', 'info'],
]

/** What is firing now, worst counted first; asked for again when any alert changes. */
export function AlertSummary() {
  const { t, format } = useWords()
  const query = useQuery(OverviewAlertsDocument)
  const { data, error, first } = loaded(query)
  const { refetch } = query
  useEffect(() => watchAlerts(debounce(() => void refetch().catch(() => undefined), 400)), [refetch])

  return (
    <Card
      aside={
        <Link className="text-accent text-sm hover:underline" to="/alerts">
          {t.overview.alerts.all}
        </Link>
      }
      title={t.overview.alerts.title}
    >
      {error !== undefined && (
        <ProblemNote
          className="mx-4 mb-3"
          error={error}
          keeps={Boolean(data)}
          onRetry={() => void refetch()}
        />
      )}
      {first && <AlertSkeleton />}
      {data && (
        <>
          <ul className="grid grid-cols-3 gap-2 px-4 pb-3">
            {severities.map(([severity, key]) => (
              <li key={severity}>
                <Link
                  className="flex h-11 items-center gap-2 rounded-lg border border-line px-3 hover:border-line-strong"
                  search={{ severity: [severity] }}
                  to="/alerts"
                >
                  <SeverityBadge bare severity={severity} />
                  <span className="num font-semibold text-lg">{format.integer(data[key].totalCount)}</span>
                </Link>
              </li>
            ))}
          </ul>
          {data.open.nodes.length === 0 && (
            <Empty hint={t.overview.alerts.noneHint} icon="checkCircle" title={t.overview.alerts.none} />
          )}
          <ul className={data.open.nodes.length > 0 ? 'border-line border-t' : undefined}>
            {data.open.nodes.map((alert) => (
              <li className="border-line border-b last:border-0" key={alert.id}>
                <Link
                  className="flex items-start gap-2.5 px-4 py-2 hover:bg-hover"
                  search={{ alert: alert.id }}
                  to="/alerts"
                >
                  <span className="mt-0.5">
                    <SeverityBadge bare severity={alert.severity} />
                  </span>
                  <span className="min-w-0 flex-1">
                    <span className="flex gap-2">
                      <span className="min-w-0 flex-1 truncate font-medium">
                        {alert.device?.name ?? t.shell.states.unknown}
                      </span>
                      <Ago at={alert.startsAt} className="num shrink-0 text-ink-mute text-xs leading-5" />
                    </span>
                    <span className="block truncate text-ink-mute text-sm" title={alert.summary}>
                      {alert.summary}
                    </span>
                    {alert.acknowledgement && (
                      <span className="flex items-center gap-1 text-up-ink text-xs">
                        <Icon name="check" size={12} />
                        {t.overview.alerts.acknowledged}
                      </span>
                    )}
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  )
}

const AlertSkeleton = () => (
  <div className="flex flex-col gap-3 px-4 pb-4">
    <Skeleton className="h-11 w-full" />
    {[0, 1, 2].map((each) => (
      <Skeleton className="h-9 w-full" key={each} />
    ))}
  </div>
)
