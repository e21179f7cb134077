import { useQuery } from '@apollo/client/react'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useState } from 'react'

import { debounce } from '../app/debounce'
import { type SearchChange, useListSearch } from '../app/list-search'
import { loaded } from '../app/loaded'
import { useTitle } from '../app/title'
import { AlertListDocument } from '../gql/graphql'
import { watchAlerts } from '../live/live'
import { Empty } from '../parts/feedback'
import { NoMatch, PagedList } from '../parts/paged-list'
import { useWords } from '../texts/language'
import { AcknowledgeDialog } from './alert-acknowledge'
import { AlertPanel } from './alert-panel'
import { AlertFilters } from './alerts-filters'
import { AlertRows } from './alerts-rows'
import { type AlertsSearch, alertFilter, isFiltered, noFilter } from './alerts-search'

const route = getRouteApi('/inside/alerts')
const pageSize = 50

export type AlertsChange = SearchChange<AlertsSearch>

/** Alerts: what is firing first, with acknowledge and the story of each in a side panel. */
export function AlertsPage() {
  const { t, count } = useWords()
  useTitle(t.alerts.title)
  const search = route.useSearch()
  const change = useListSearch<AlertsSearch>('/alerts', 'alert')
  const query = useQuery(AlertListDocument, {
    variables: { filter: alertFilter(search), first: pageSize, after: search.after ?? null },
    notifyOnNetworkStatusChange: true,
  })
  const list = loaded(query)
  const { data } = list
  const { refetch } = query
  useEffect(() => watchAlerts(debounce(() => void refetch().catch(() => undefined), 400)), [refetch])
  const [acknowledging, acknowledge] = useState<string>()
  const nodes = data?.alerts.nodes ?? []

  return (
    <div className="flex flex-col gap-3 md:h-[calc(100dvh-52px-2rem)]">
      <header className="flex items-baseline gap-3">
        <h1 className="font-semibold text-xl tracking-tight">{t.alerts.title}</h1>
        <p className="num text-ink-mute text-sm" role="status">
          {data && count(t.network.count.alerts, data.alerts.totalCount)}
        </p>
      </header>
      <AlertFilters change={change} search={search} />
      <PagedList
        empty={
          isFiltered(search) ? (
            <NoMatch
              hint={t.alerts.empty.filteredHint}
              onClear={() => change(noFilter)}
              title={t.alerts.empty.filtered}
            />
          ) : (
            <Empty hint={t.alerts.empty.firingHint} icon="checkCircle" title={t.alerts.empty.firing} />
          )
        }
        onPage={change}
        onRetry={() => void refetch()}
        pageInfo={data?.alerts.pageInfo}
        panel={
          search.alert && (
            <AlertPanel
              id={search.alert}
              key={search.alert}
              onAcknowledge={acknowledge}
              onClose={() => change({ alert: undefined })}
            />
          )
        }
        query={list}
        rows={
          <AlertRows
            chosen={search.alert}
            nodes={nodes}
            onAcknowledge={acknowledge}
            onOpen={(alert) => change({ alert })}
          />
        }
        search={search}
        shown={data && nodes.length}
        title={t.alerts.title}
        total={data?.alerts.totalCount}
      />
      {acknowledging && <AcknowledgeDialog id={acknowledging} onClose={() => acknowledge(undefined)} />}
    </div>
  )
}
