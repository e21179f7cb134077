import { useQuery } from '@apollo/client/react'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo, useState } from 'react'

import { type SearchChange, useListSearch } from '../app/list-search'
import { loaded } from '../app/loaded'
import { defined } from '../app/search'
import { useTitle } from '../app/title'
import { AuditListDocument } from '../gql/graphql'
import { IconButton } from '../parts/button'
import { NoMatch, PagedList } from '../parts/paged-list'
import { useWords } from '../texts/language'
import { AuditExport } from './audit-export'
import { AuditFilters } from './audit-filters'
import { AuditPanel } from './audit-panel'
import { AuditRows } from './audit-rows'
import { type AuditSearch, auditFilter, isFiltered, noFilter } from './audit-search'
import { AuditVerify } from './audit-verify'

const route = getRouteApi('/inside/audit')
const pageSize = 50

export type AuditChange = SearchChange<AuditSearch>

/** The audit log: what was done, refused and failed, the newest first, and whether the log itself is whole. */
export function AuditPage() {
  const { t } = useWords()
  useTitle(t.audit.title)
  const search = route.useSearch()
  const change = useListSearch<AuditSearch>('/audit', 'event')
  const { filter, renew } = useFilter(search)
  const query = useQuery(AuditListDocument, {
    variables: { filter, first: pageSize, after: search.after ?? null },
    notifyOnNetworkStatusChange: true,
  })
  const list = loaded(query)
  const { data } = list
  const nodes = data?.auditLog.nodes ?? []
  const refresh = () => {
    renew()
    void query.refetch().catch(() => undefined)
  }
  return (
    <div className="flex flex-col gap-3 md:h-[calc(100dvh-52px-2rem)]">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="flex-1 font-semibold text-xl tracking-tight">{t.audit.title}</h1>
        <span className="flex gap-2 max-sm:order-last max-sm:w-full">
          <AuditVerify onOpen={(event) => change({ event })} />
          <AuditExport filter={filter} />
        </span>
        <IconButton icon="refresh" label={t.shell.actions.refresh} onClick={refresh} />
      </header>
      <AuditFilters change={change} search={search} />
      <PagedList
        empty={
          <NoMatch
            hint={t.audit.noMatchHint}
            onClear={isFiltered(search) ? () => change(noFilter) : undefined}
            title={t.audit.noMatch}
          />
        }
        onPage={change}
        onRetry={refresh}
        pageInfo={data?.auditLog.pageInfo}
        panel={
          search.event && (
            <AuditPanel
              change={change}
              id={search.event}
              key={search.event}
              onClose={() => change({ event: undefined })}
            />
          )
        }
        query={list}
        rows={<AuditRows chosen={search.event} nodes={nodes} onOpen={(event) => change({ event })} />}
        search={search}
        shown={data && nodes.length}
        title={t.audit.title}
      />
    </div>
  )
}

/** The filter of the URL. A span reaches back from when it was chosen: a filter that moved would never be loaded. */
function useFilter(search: AuditSearch) {
  const [now, setNow] = useState(() => Math.floor(Date.now() / 1000))
  const { q, action, outcome, routine, actor, type, target, span, from, to } = search
  const filter = useMemo(
    () => auditFilter(defined({ q, action, outcome, routine, actor, type, target, span, from, to }), now),
    [q, action, outcome, routine, actor, type, target, span, from, to, now],
  )
  return { filter, renew: () => setNow(Math.floor(Date.now() / 1000)) }
}
