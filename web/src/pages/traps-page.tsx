import { getRouteApi } from '@tanstack/react-router'
import { useMemo, useState } from 'react'

import { type SearchChange, useListSearch } from '../app/list-search'
import { defined } from '../app/search'
import { useTitle } from '../app/title'
import { Empty } from '../parts/feedback'
import { NoMatch, PagedList } from '../parts/paged-list'
import { useWords } from '../texts/language'
import { TrapPanel } from './trap-panel'
import { TrapFilters } from './traps-filters'
import { useTraps } from './traps-load'
import { TrapRows } from './traps-rows'
import { isFiltered, noFilter, type TrapsSearch, trapFilter } from './traps-search'

const route = getRouteApi('/inside/traps')
const pageSize = 50

export type TrapsChange = SearchChange<TrapsSearch>

/** SNMP traps and informs as they come, with what each one says in a side panel. */
export function TrapsPage() {
  const { t } = useWords()
  useTitle(t.traps.title)
  const search = route.useSearch()
  const change = useListSearch<TrapsSearch>('/traps', 'trap')
  const filter = useFilter(search)
  const query = useTraps({ filter, first: pageSize, after: search.after })
  const { data, nodes, refetch } = query
  return (
    <div className="flex flex-col gap-3 md:h-[calc(100dvh-52px-2rem)]">
      <header className="flex flex-wrap items-baseline gap-x-3">
        <h1 className="font-semibold text-xl tracking-tight">{t.traps.title}</h1>
        <p className="text-ink-mute text-sm">{t.traps.live}</p>
      </header>
      <TrapFilters change={change} search={search} />
      <PagedList
        empty={
          isFiltered(search) ? (
            <NoMatch hint={t.traps.noMatchHint} onClear={() => change(noFilter)} title={t.traps.noMatch} />
          ) : (
            <Empty hint={t.traps.noneHint} icon="traps" title={t.traps.none} />
          )
        }
        onPage={change}
        onRetry={() => void refetch()}
        pageInfo={data?.traps.pageInfo}
        panel={
          search.trap && (
            <TrapPanel
              change={change}
              id={search.trap}
              key={search.trap}
              onClose={() => change({ trap: undefined })}
            />
          )
        }
        query={query}
        rows={<TrapRows chosen={search.trap} nodes={nodes} onOpen={(trap) => change({ trap })} />}
        search={search}
        shown={data && nodes.length}
        title={t.traps.title}
      />
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
