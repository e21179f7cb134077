import { useCallback } from 'react'

import { Button } from '../parts/button'
import { Choice } from '../parts/choice'
import { roles } from '../parts/permission'
import { SearchBox } from '../parts/search-box'
import { useWords } from '../texts/language'
import type { UsersChange } from './users-page'
import { isFiltered, type UsersSearch, userKinds } from './users-search'

/** What narrows the list of users; all of it is in the URL. */
export function UserFilters({ search, change }: { search: UsersSearch; change: UsersChange }) {
  const { t } = useWords()
  const { filter } = t.users
  const find = useCallback((q: string) => change({ q: q || undefined }), [change])
  return (
    <search className="flex flex-wrap items-center gap-2">
      <SearchBox className="w-full sm:w-72" label={t.users.search} onChange={find} value={search.q ?? ''} />
      <Choice
        label={filter.role}
        onChange={(role) => change({ role })}
        options={roles.map((value) => ({ value, text: t.access.role[value] }))}
        value={search.role}
      />
      <Choice
        label={filter.kind}
        onChange={(kind) => change({ kind })}
        options={userKinds.map((value) => ({ value, text: t.users.kind[value] }))}
        value={search.kind}
      />
      <Choice
        any={filter.active}
        label={filter.state}
        onChange={(active) => change({ active })}
        options={[
          { value: 'no', text: filter.inactive },
          { value: 'all', text: filter.all },
        ]}
        value={search.active}
      />
      {isFiltered(search) && (
        <Button
          kind="ghost"
          onClick={() => change({ q: undefined, role: undefined, kind: undefined, active: undefined })}
        >
          {t.shell.actions.clearFilters}
        </Button>
      )}
    </search>
  )
}
