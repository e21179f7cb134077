import { useQuery } from '@apollo/client/react'
import { useTable } from '@tanstack/react-table'
import type { ReactNode } from 'react'

import { loaded } from '../app/loaded'
import { UserListDocument, type UserListQuery } from '../gql/graphql'
import { Button } from '../parts/button'
import { DataTable } from '../parts/data-table'
import { Empty, ProblemNote, RefetchBar, Skeleton } from '../parts/feedback'
import { useWide } from '../parts/media'
import { Pager } from '../parts/pager'
import { features } from '../parts/table-features'
import { useWords } from '../texts/language'
import { UserPanel } from './user-panel'
import { UserCard, useUserColumns } from './users-columns'
import { UserFilters } from './users-filters'
import type { UsersChange } from './users-page'
import { isFiltered, type UsersSearch, userFilter } from './users-search'

export type UserNode = UserListQuery['users']['nodes'][number]

const pageSize = 50
const none: UserNode[] = []
const PlainRow = ({ children }: { children: ReactNode }) => children

/** The users: server-side filter and paging, and one of them in the side panel. */
export function UsersList({ search, change }: { search: UsersSearch; change: UsersChange }) {
  const { t, count } = useWords()
  const query = useQuery(UserListDocument, {
    variables: { filter: userFilter(search), first: pageSize, after: search.after ?? null },
    notifyOnNetworkStatusChange: true,
  })
  const { data, error, first, refreshing } = loaded(query)
  const nodes = data?.users.nodes ?? none
  const { hasNextPage, endCursor } = data?.users.pageInfo ?? {}
  const total = data?.users.totalCount ?? 0
  const open = (user: string) => change({ user })
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <UserFilters change={change} search={search} />
        <p className="num ml-auto text-ink-mute text-sm" role="status">
          {data && count(t.users.count, total)}
        </p>
      </div>
      {error !== undefined && (
        <ProblemNote error={error} keeps={nodes.length > 0} onRetry={() => void query.refetch()} />
      )}
      <div className="flex min-h-0 flex-1 gap-4">
        <section
          aria-label={t.users.title}
          className="card relative flex min-w-0 flex-1 flex-col overflow-hidden"
        >
          <RefetchBar active={refreshing} />
          {first && <RowsSkeleton />}
          {data && nodes.length === 0 && <Nobody change={change} filtered={isFiltered(search)} />}
          {nodes.length > 0 && <Rows chosen={search.user} nodes={nodes} onOpen={open} />}
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
              total={total}
            />
          )}
        </section>
        {search.user && (
          <UserPanel id={search.user} key={search.user} onClose={() => change({ user: undefined })} />
        )}
      </div>
    </>
  )
}

function Rows({
  nodes,
  chosen,
  onOpen,
}: {
  nodes: UserNode[]
  chosen: string | undefined
  onOpen: (id: string) => void
}) {
  const { t } = useWords()
  const columns = useUserColumns(onOpen, chosen !== undefined)
  const table = useTable({ features, columns, data: nodes, getRowId: ({ id }) => id, manualSorting: true })
  if (!useWide()) {
    return (
      <ul>
        {nodes.map((user) => (
          <UserCard key={user.id} onOpen={onOpen} user={user} />
        ))}
      </ul>
    )
  }
  return (
    <DataTable
      Scope={PlainRow}
      attributes={({ email }) => ({ 'data-testid': 'user-row', 'data-email': email })}
      caption={t.users.title}
      onOpen={({ id }) => onOpen(id)}
      opensOnClick
      selectedId={chosen}
      table={table}
    />
  )
}

function Nobody({ filtered, change }: { filtered: boolean; change: UsersChange }) {
  const { t } = useWords()
  return (
    <Empty hint={t.users.noMatchHint} icon="search" title={t.users.noMatch}>
      {filtered && (
        <Button onClick={() => change({ q: undefined, role: undefined, kind: undefined, active: undefined })}>
          {t.shell.actions.clearFilters}
        </Button>
      )}
    </Empty>
  )
}

const RowsSkeleton = () => (
  <div className="flex flex-col gap-4 p-4">
    {[0, 1, 2, 3, 4, 5].map((each) => (
      <Skeleton className="h-8 w-full" key={each} />
    ))}
  </div>
)
