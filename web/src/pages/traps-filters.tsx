import { useCallback } from 'react'

import { useDirectory } from '../live/live'
import { Button } from '../parts/button'
import { Choice } from '../parts/choice'
import { FilterMenu } from '../parts/filter-menu'
import { Icon } from '../parts/icon'
import { SearchBox } from '../parts/search-box'
import { TrapSeverity } from '../parts/trap-severity'
import { useWords } from '../texts/language'
import { AuditSpan } from './audit-span'
import type { TrapsChange } from './traps-page'
import { categories, isFiltered, noFilter, severities, type TrapsSearch } from './traps-search'

/** What narrows the trap list; all of it is in the URL. */
export function TrapFilters({ search, change }: { search: TrapsSearch; change: TrapsChange }) {
  const { t, fill } = useWords()
  const { filter } = t.traps
  const find = useCallback((q: string) => change({ q: q || undefined }), [change])
  const devices = useDirectory()
  const device =
    search.device && (devices.find(({ id }) => id === search.device)?.name ?? search.device.slice(0, 8))
  return (
    <search className="flex flex-wrap items-center gap-2">
      <SearchBox className="w-full sm:w-72" label={t.traps.search} onChange={find} value={search.q ?? ''} />
      <AuditSpan change={change} search={search} />
      <FilterMenu
        chosen={search.severity}
        label={filter.severity}
        onChange={(severity) => change({ severity })}
        options={severities.map((value) => ({
          value,
          text: t.traps.severity[value],
          mark: <TrapSeverity bare severity={value} />,
        }))}
      />
      <FilterMenu
        chosen={search.about}
        label={filter.category}
        onChange={(about) => change({ about })}
        options={categories.map((value) => ({ value, text: t.traps.category[value] }))}
      />
      <Choice
        label={filter.accepted}
        onChange={(accepted) => change({ accepted })}
        options={[
          { value: 'yes' as const, text: filter.acceptedYes },
          { value: 'no' as const, text: filter.acceptedNo },
        ]}
        value={search.accepted}
      />
      {device && (
        <Chip onClear={() => change({ device: undefined })} text={fill(filter.device, { name: device })} />
      )}
      {search.name && (
        <Chip onClear={() => change({ name: undefined })} text={fill(filter.name, { name: search.name })} />
      )}
      {search.source && (
        <Chip
          onClear={() => change({ source: undefined })}
          text={fill(filter.source, { name: search.source })}
        />
      )}
      {isFiltered(search) && (
        <Button kind="ghost" onClick={() => change(noFilter)}>
          {t.shell.actions.clearFilters}
        </Button>
      )}
    </search>
  )
}

function Chip({ text, onClear }: { text: string; onClear: () => void }) {
  const { t } = useWords()
  return (
    <button
      className="inline-flex h-[34px] max-w-full items-center gap-1.5 rounded-[7px] border border-accent bg-accent-soft px-2.5 text-sm"
      onClick={onClear}
      title={t.shell.actions.clear}
      type="button"
    >
      <span className="truncate">{text}</span>
      <Icon name="close" size={13} />
    </button>
  )
}
