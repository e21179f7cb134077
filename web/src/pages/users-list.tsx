import { useQuery } from '@apollo/client/react'
import { useTable } from '@tanstack/react-table'
import type { ReactNode } from 'react'

import { loaded } from '../app/loaded'
import { UserListDocument, type UserListQuery } from '../gql/graphql'
import { DataTable } from '../parts/data-table'
import { useWide } from '../parts/media'
import { NoMatch, PagedList } from '../parts/paged-list'
import { features } from '../parts/table-features'
import { useWords } from '../texts/language'
import { UserPanel } from './user-panel'
import { UserCard, useUserColumns } from './users-columns'
import { UserFilters } from './users-filters'
import type { UsersChange } from './users-page'
import { isFiltered, noFilter, type UsersSearch, userFilter } from './users-search'

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
  const list = loaded(query)
  const { data } = list
  const nodes = data?.users.nodes ?? none
  const total = data?.users.totalCount ?? 0
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <UserFilters change={change} search={search} />
        <p className="num ml-auto text-ink-mute text-sm" role="status">
          {data && count(t.users.count, total)}
        </p>
      </div>
      <PagedList
        empty={
          <NoMatch
            hint={t.users.noMatchHint}
            onClear={isFiltered(search) ? () => change(noFilter) : undefined}
            title={t.users.noMatch}
          />
        }
        onPage={change}
        onRetry={() => void query.refetch()}
        pageInfo={data?.users.pageInfo}
        panel={
          search.user && (
            <UserPanel id={search.user} key={search.user} onClose={() => change({ user: undefined })} />
          )
        }
        query={list}
        rows={<Rows chosen={search.user} nodes={nodes} onOpen={(user) => change({ user })} />}
        search={search}
        shown={data && nodes.length}
        title={t.users.title}
        total={total}
      />
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
