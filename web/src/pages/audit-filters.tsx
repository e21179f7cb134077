import { skipToken, useQuery } from '@apollo/client/react'
import { useCallback } from 'react'

import { useMay } from '../app/permission'
import { AuditActionsDocument, UserNamesDocument } from '../gql/graphql'
import { Button } from '../parts/button'
import { Choice } from '../parts/choice'
import { Toggle } from '../parts/field'
import { Icon } from '../parts/icon'
import { SearchBox } from '../parts/search-box'
import { useWords } from '../texts/language'
import type { AuditChange } from './audit-page'
import { type AuditSearch, isFiltered, noFilter, outcomes } from './audit-search'
import { AuditSpan } from './audit-span'

/** So many users stand in the filter; the panel of any event can filter by its actor. */
const usersMost = 200

/** What narrows the audit log; all of it is in the URL. */
export function AuditFilters({ search, change }: { search: AuditSearch; change: AuditChange }) {
  const { t, fill } = useWords()
  const { filter } = t.audit
  const find = useCallback((q: string) => change({ q: q || undefined }), [change])
  const { data: seen } = useQuery(AuditActionsDocument)
  const actions = seen?.auditActions ?? []
  const thing = search.target ?? search.type
  return (
    <search className="flex flex-wrap items-center gap-2">
      <SearchBox className="w-full sm:w-64" label={t.audit.search} onChange={find} value={search.q ?? ''} />
      <AuditSpan change={change} search={search} />
      <Choice
        label={filter.outcome}
        onChange={(outcome) => change({ outcome })}
        options={outcomes.map((value) => ({ value, text: t.audit.outcome[value] }))}
        value={search.outcome}
      />
      <Choice
        className="max-w-56"
        label={filter.action}
        onChange={(action) => change({ action })}
        options={withChosen(
          actions.map((value) => ({ value, text: value })),
          search.action,
        )}
        value={search.action}
      />
      <ActorChoice change={change} search={search} />
      <Toggle
        checked={search.routine ?? false}
        hint={filter.routineHint}
        label={filter.routine}
        onChange={({ target }) => change({ routine: target.checked || undefined })}
      />
      {thing && (
        <button
          className="inline-flex h-[34px] items-center gap-1.5 rounded-[7px] border border-accent bg-accent-soft px-2.5 text-sm"
          onClick={() => change({ type: undefined, target: undefined })}
          title={t.shell.actions.clear}
          type="button"
        >
          {fill(filter.target, { name: [search.type, search.target?.slice(0, 8)].filter(Boolean).join(' ') })}
          <Icon name="close" size={13} />
        </button>
      )}
      {isFiltered(search) && (
        <Button kind="ghost" onClick={() => change(noFilter)}>
          {t.shell.actions.clearFilters}
        </Button>
      )}
    </search>
  )
}

function ActorChoice({ search, change }: { search: AuditSearch; change: AuditChange }) {
  const { t } = useWords()
  const may = useMay('user.read')
  const { data } = useQuery(UserNamesDocument, may ? { variables: { first: usersMost } } : skipToken)
  const users = (data?.users.nodes ?? []).map(({ id, name }) => ({ value: id, text: name }))
  if (users.length === 0 && !search.actor) return null
  return (
    <Choice
      className="max-w-56"
      label={t.audit.filter.actor}
      onChange={(actor) => change({ actor })}
      options={withChosen(users, search.actor)}
      value={search.actor}
    />
  )
}

/** The options, and what a URL has chosen beyond them. */
const withChosen = (options: { value: string; text: string }[], chosen: string | undefined) =>
  chosen && !options.some(({ value }) => value === chosen)
    ? [...options, { value: chosen, text: chosen.slice(0, 8) }]
    : options
