import { useQuery } from '@apollo/client/react'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useCallback, useEffect, useState } from 'react'

import { debounce } from '../app/debounce'
import { loaded } from '../app/loaded'
import { useTitle } from '../app/title'
import { AlertListDocument } from '../gql/graphql'
import { watchAlerts } from '../live/live'
import { Button } from '../parts/button'
import { Empty, ProblemNote, RefetchBar, Skeleton } from '../parts/feedback'
import { Pager } from '../parts/pager'
import { useWords } from '../texts/language'
import { AcknowledgeDialog } from './alert-acknowledge'
import { AlertPanel } from './alert-panel'
import { AlertFilters } from './alerts-filters'
import { AlertRows } from './alerts-rows'
import { type AlertsSearch, alertFilter } from './alerts-search'

const route = getRouteApi('/inside/alerts')
const pageSize = 50

export type AlertsChange = (part: { [K in keyof AlertsSearch]?: AlertsSearch[K] | undefined }) => void

/** Alerts: what is firing first, with acknowledge and the story of each in a side panel. */
export function AlertsPage() {
  const { t, count } = useWords()
  useTitle(t.alerts.title)
  const search = route.useSearch()
  const change = useSearchChange()
  const query = useQuery(AlertListDocument, {
    variables: { filter: alertFilter(search), first: pageSize, after: search.after ?? null },
    notifyOnNetworkStatusChange: true,
  })
  const { data, error, first, refreshing } = loaded(query)
  const { refetch } = query
  useEffect(() => watchAlerts(debounce(() => void refetch().catch(() => undefined), 400)), [refetch])
  const [acknowledging, acknowledge] = useState<string>()
  const nodes = data?.alerts.nodes ?? []
  const { hasNextPage, endCursor } = data?.alerts.pageInfo ?? {}

  return (
    <div className="flex flex-col gap-3 md:h-[calc(100dvh-52px-2rem)]">
      <header className="flex items-baseline gap-3">
        <h1 className="font-semibold text-xl tracking-tight">{t.alerts.title}</h1>
        <p className="num text-ink-mute text-sm" role="status">
          {data && count(t.network.count.alerts, data.alerts.totalCount)}
        </p>
      </header>
      <AlertFilters change={change} search={search} />
      {error !== undefined && (
        <ProblemNote error={error} keeps={nodes.length > 0} onRetry={() => void refetch()} />
      )}
      <div className="flex min-h-0 flex-1 gap-4">
        <section
          aria-label={t.alerts.title}
          className="card relative flex min-w-0 flex-1 flex-col overflow-hidden"
        >
          <RefetchBar active={refreshing} />
          {first && <RowsSkeleton />}
          {data && nodes.length === 0 && <Nothing change={change} search={search} />}
          {nodes.length > 0 && (
            <AlertRows
              chosen={search.alert}
              nodes={nodes}
              onAcknowledge={acknowledge}
              onOpen={(alert) => change({ alert })}
            />
          )}
          {nodes.length > 0 && (
            <Pager
              onNext={
                hasNextPage && endCursor
                  ? () => change({ after: endCursor, start: (search.start ?? 0) + nodes.length })
                  : undefined
              }
              onPrevious={search.after ? () => history.back() : undefined}
              shown={nodes.length}
              start={search.start ?? 0}
              total={data?.alerts.totalCount ?? 0}
            />
          )}
        </section>
        {search.alert && (
          <AlertPanel
            id={search.alert}
            key={search.alert}
            onAcknowledge={acknowledge}
            onClose={() => change({ alert: undefined })}
          />
        )}
      </div>
      {acknowledging && <AcknowledgeDialog id={acknowledging} onClose={() => acknowledge(undefined)} />}
    </div>
  )
}

function useSearchChange(): AlertsChange {
  const navigate = useNavigate({ from: '/alerts' })
  return useCallback(
    (part) => {
      const keepsPage = 'after' in part || 'alert' in part
      void navigate({
        search: (before) =>
          ({ ...before, ...(!keepsPage && { after: undefined, start: undefined }), ...part }) as AlertsSearch,
        replace: 'q' in part || 'alert' in part,
        resetScroll: false,
      })
    },
    [navigate],
  )
}

function Nothing({ search, change }: { search: AlertsSearch; change: AlertsChange }) {
  const { t } = useWords()
  const filtered = Boolean(search.severity || search.ack || search.q || search.device || search.state)
  if (!filtered)
    return <Empty hint={t.alerts.empty.firingHint} icon="checkCircle" title={t.alerts.empty.firing} />
  return (
    <Empty hint={t.alerts.empty.filteredHint} icon="search" title={t.alerts.empty.filtered}>
      <Button
        onClick={() =>
          change({ severity: undefined, ack: undefined, q: undefined, device: undefined, state: undefined })
        }
      >
        {t.shell.actions.clearFilters}
      </Button>
    </Empty>
  )
}

const RowsSkeleton = () => (
  <div className="flex flex-col gap-4 p-4">
    {[0, 1, 2, 3, 4, 5].map((each) => (
      <Skeleton className="h-9 w-full" key={each} />
    ))}
  </div>
)
