import type { ReactNode } from 'react'

import type { Loaded } from '../app/loaded'
import { useWords } from '../texts/language'
import { Button } from './button'
import { Empty, ProblemNote, RefetchBar, Skeleton } from './feedback'
import { Pager } from './pager'

interface PagedListProps {
  /** Names the list. */
  title: string
  query: Pick<Loaded<unknown>, 'error' | 'first' | 'refreshing'>
  onRetry: () => void
  /** How many rows the page has; undefined before there is one. */
  shown: number | undefined
  /** How many there are on all pages; left out where nobody counts them. */
  total?: number | undefined
  pageInfo: { hasNextPage: boolean; endCursor: string | null } | undefined
  /** What the URL says of the page. */
  search: { start?: number; after?: string }
  onPage: (next: { after: string; start: number }) => void
  /** What is shown for no rows. */
  empty: ReactNode
  rows: ReactNode
  /** Details of one row, beside the list. */
  panel?: ReactNode
}

/** A list that comes page by page, with a side panel: on its way, failed, empty, or its rows and the way on. */
export function PagedList(props: PagedListProps) {
  const { title, query, onRetry, shown = 0, total, pageInfo, search, onPage, empty, rows, panel } = props
  const { start = 0, after } = search
  const next = pageInfo?.hasNextPage ? pageInfo.endCursor : null
  return (
    <>
      {query.error !== undefined && <ProblemNote error={query.error} keeps={shown > 0} onRetry={onRetry} />}
      <div className="flex min-h-0 flex-1 gap-4">
        <section aria-label={title} className="card relative flex min-w-0 flex-1 flex-col overflow-hidden">
          <RefetchBar active={query.refreshing} />
          {query.first && <RowsSkeleton />}
          {props.shown === 0 && empty}
          {shown > 0 && (
            <>
              {rows}
              <Pager
                onNext={next === null ? undefined : () => onPage({ after: next, start: start + shown })}
                onPrevious={after ? () => history.back() : undefined}
                shown={shown}
                start={start}
                {...(total !== undefined && { total })}
              />
            </>
          )}
        </section>
        {panel}
      </div>
    </>
  )
}

/** Says that the filters leave nothing, with the way to clear them where there are any. */
export function NoMatch({
  title,
  hint,
  onClear,
}: {
  title: string
  hint: string
  onClear: (() => void) | undefined
}) {
  const { t } = useWords()
  return (
    <Empty hint={hint} icon="search" title={title}>
      {onClear && <Button onClick={onClear}>{t.shell.actions.clearFilters}</Button>}
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
