import { useQuery } from '@apollo/client/react'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'

import { loaded } from '../app/loaded'
import { defined } from '../app/search'
import { useTitle } from '../app/title'
import { AuditListDocument } from '../gql/graphql'
import { Button } from '../parts/button'
import { Empty, ProblemNote, RefetchBar, Skeleton } from '../parts/feedback'
import { Pager } from '../parts/pager'
import { useWords } from '../texts/language'
import { AuditExport } from './audit-export'
import { AuditFilters } from './audit-filters'
import { AuditPanel } from './audit-panel'
import { AuditRows } from './audit-rows'
import { type AuditSearch, auditFilter, isFiltered, noFilter } from './audit-search'
import { AuditVerify } from './audit-verify'

const route = getRouteApi('/inside/audit')
const pageSize = 50

export type AuditChange = (part: { [K in keyof AuditSearch]?: AuditSearch[K] | undefined }) => void

/** The audit log: what was done, refused and failed, the newest first, and whether the log itself is whole. */
export function AuditPage() {
  const { t } = useWords()
  useTitle(t.audit.title)
  const search = route.useSearch()
  const change = useSearchChange()
  const { filter, renew } = useFilter(search)
  const query = useQuery(AuditListDocument, {
    variables: { filter, first: pageSize, after: search.after ?? null },
    notifyOnNetworkStatusChange: true,
  })
  const { data, error, first, refreshing } = loaded(query)
  const nodes = data?.auditLog.nodes ?? []
  const { hasNextPage, endCursor } = data?.auditLog.pageInfo ?? {}
  const refresh = () => {
    renew()
    void query.refetch().catch(() => undefined)
  }
  return (
    <div className="flex flex-col gap-3 md:h-[calc(100dvh-52px-2rem)]">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="w-full font-semibold text-xl tracking-tight sm:w-auto sm:flex-1">{t.audit.title}</h1>
        <AuditVerify onOpen={(event) => change({ event })} />
        <AuditExport filter={filter} />
        <Button icon="refresh" onClick={refresh}>
          {t.shell.actions.refresh}
        </Button>
      </header>
      <AuditFilters change={change} search={search} />
      {error !== undefined && <ProblemNote error={error} keeps={nodes.length > 0} onRetry={refresh} />}
      <div className="flex min-h-0 flex-1 gap-4">
        <section
          aria-label={t.audit.title}
          className="card relative flex min-w-0 flex-1 flex-col overflow-hidden"
        >
          <RefetchBar active={refreshing} />
          {first && <RowsSkeleton />}
          {data && nodes.length === 0 && (
            <Empty hint={t.audit.noMatchHint} icon="search" title={t.audit.noMatch}>
              {isFiltered(search) && (
                <Button onClick={() => change(noFilter)}>{t.shell.actions.clearFilters}</Button>
              )}
            </Empty>
          )}
          {nodes.length > 0 && (
            <AuditRows chosen={search.event} nodes={nodes} onOpen={(event) => change({ event })} />
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
            />
          )}
        </section>
        {search.event && (
          <AuditPanel
            change={change}
            id={search.event}
            key={search.event}
            onClose={() => change({ event: undefined })}
          />
        )}
      </div>
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

/** Changes a part of the URL. A new filter begins at the first page. */
function useSearchChange(): AuditChange {
  const navigate = useNavigate({ from: '/audit' })
  return useCallback(
    (part) => {
      const keepsPage = 'after' in part || 'event' in part
      void navigate({
        search: (before) =>
          ({ ...before, ...(!keepsPage && { after: undefined, start: undefined }), ...part }) as AuditSearch,
        replace: 'q' in part || 'event' in part,
        resetScroll: false,
      })
    },
    [navigate],
  )
}

const RowsSkeleton = () => (
  <div className="flex flex-col gap-4 p-4">
    {[0, 1, 2, 3, 4, 5, 6, 7].map((each) => (
      <Skeleton className="h-7 w-full" key={each} />
    ))}
  </div>
)
