import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'

import { defined } from '../app/search'
import { useTitle } from '../app/title'
import { Button } from '../parts/button'
import { Empty, ProblemNote, RefetchBar, Skeleton } from '../parts/feedback'
import { Pager } from '../parts/pager'
import { useWords } from '../texts/language'
import { TrapPanel } from './trap-panel'
import { TrapFilters } from './traps-filters'
import { useTraps } from './traps-load'
import { TrapRows } from './traps-rows'
import { isFiltered, noFilter, type TrapsSearch, trapFilter } from './traps-search'

const route = getRouteApi('/inside/traps')
const pageSize = 50

export type TrapsChange = (part: { [K in keyof TrapsSearch]?: TrapsSearch[K] | undefined }) => void

/** SNMP traps and informs as they come, with what each one says in a side panel. */
export function TrapsPage() {
  const { t } = useWords()
  useTitle(t.traps.title)
  const search = route.useSearch()
  const change = useSearchChange()
  const filter = useFilter(search)
  const { data, nodes, error, first, refreshing, refetch } = useTraps({
    filter,
    first: pageSize,
    after: search.after,
  })
  const { hasNextPage, endCursor } = data?.traps.pageInfo ?? {}
  return (
    <div className="flex flex-col gap-3 md:h-[calc(100dvh-52px-2rem)]">
      <header className="flex flex-wrap items-baseline gap-x-3">
        <h1 className="font-semibold text-xl tracking-tight">{t.traps.title}</h1>
        <p className="text-ink-mute text-sm">{t.traps.live}</p>
      </header>
      <TrapFilters change={change} search={search} />
      {error !== undefined && (
        <ProblemNote error={error} keeps={nodes.length > 0} onRetry={() => void refetch()} />
      )}
      <div className="flex min-h-0 flex-1 gap-4">
        <section
          aria-label={t.traps.title}
          className="card relative flex min-w-0 flex-1 flex-col overflow-hidden"
        >
          <RefetchBar active={refreshing} />
          {first && <RowsSkeleton />}
          {data && nodes.length === 0 && <Nothing change={change} filtered={isFiltered(search)} />}
          {nodes.length > 0 && (
            <TrapRows chosen={search.trap} nodes={nodes} onOpen={(trap) => change({ trap })} />
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
        {search.trap && (
          <TrapPanel
            change={change}
            id={search.trap}
            key={search.trap}
            onClose={() => change({ trap: undefined })}
          />
        )}
      </div>
    </div>
  )
}

/** The filter of the URL. A span reaches back from when it was chosen: a filter that moved would never be loaded. */
function useFilter(search: TrapsSearch) {
  const [now] = useState(() => Math.floor(Date.now() / 1000))
  const { q, severity, about, accepted, device, name, source, span, from, to } = search
  return useMemo(
    () => trapFilter(defined({ q, severity, about, accepted, device, name, source, span, from, to }), now),
    [q, severity, about, accepted, device, name, source, span, from, to, now],
  )
}

/** Changes a part of the URL. A new filter begins at the first page. */
function useSearchChange(): TrapsChange {
  const navigate = useNavigate({ from: '/traps' })
  return useCallback(
    (part) => {
      const keepsPage = 'after' in part || 'trap' in part
      void navigate({
        search: (before) =>
          ({ ...before, ...(!keepsPage && { after: undefined, start: undefined }), ...part }) as TrapsSearch,
        replace: 'q' in part || 'trap' in part,
        resetScroll: false,
      })
    },
    [navigate],
  )
}

function Nothing({ filtered, change }: { filtered: boolean; change: TrapsChange }) {
  const { t } = useWords()
  if (!filtered) return <Empty hint={t.traps.noneHint} icon="traps" title={t.traps.none} />
  return (
    <Empty hint={t.traps.noMatchHint} icon="search" title={t.traps.noMatch}>
      <Button onClick={() => change(noFilter)}>{t.shell.actions.clearFilters}</Button>
    </Empty>
  )
}

const RowsSkeleton = () => (
  <div className="flex flex-col gap-4 p-4">
    {[0, 1, 2, 3, 4, 5, 6].map((each) => (
      <Skeleton className="h-8 w-full" key={each} />
    ))}
  </div>
)
