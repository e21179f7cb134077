import { useQuery } from '@apollo/client/react'
import { useCallback } from 'react'

import { SiteListDocument } from '../gql/graphql'
import { Button } from '../parts/button'
import { cx } from '../parts/cx'
import { FilterMenu } from '../parts/filter-menu'
import { Icon } from '../parts/icon'
import { SearchBox } from '../parts/search-box'
import { stateLook } from '../parts/state'
import { useWords } from '../texts/language'
import type { SearchChange } from './devices-list'
import { type DevicesSearch, deviceKinds, isFiltered, reachabilities } from './devices-search'

/** What narrows the device list; all of it is in the URL. */
export function DeviceFilters({ search, change }: { search: DevicesSearch; change: SearchChange }) {
  const { t } = useWords()
  const { data } = useQuery(SiteListDocument)
  const find = useCallback((q: string) => change({ q: q || undefined }), [change])
  const { filter } = t.devices
  return (
    <search className="flex flex-wrap items-center gap-2">
      <SearchBox className="w-full sm:w-80" label={t.devices.search} onChange={find} value={search.q ?? ''} />
      <FilterMenu
        chosen={search.state}
        label={filter.state}
        onChange={(state) => change({ state })}
        options={reachabilities.map((value) => ({
          value,
          text: t.network.reachability[value],
          mark: (
            <span
              className={cx('flex size-5 items-center justify-center rounded-full', stateLook[value].soft)}
            >
              <Icon name={stateLook[value].icon} size={13} />
            </span>
          ),
        }))}
      />
      <FilterMenu
        chosen={search.site}
        label={filter.site}
        onChange={(site) => change({ site })}
        options={(data?.sites ?? []).map(({ id, name }) => ({ value: id, text: name }))}
      />
      <FilterMenu
        chosen={search.kind}
        label={filter.kind}
        onChange={(kind) => change({ kind })}
        options={deviceKinds.map((value) => ({ value, text: t.network.kind[value] }))}
      />
      {search.tag?.map((tag) => (
        <button
          aria-label={`${t.devices.column.tags}: ${tag}. ${t.shell.actions.clear}`}
          className="inline-flex h-[34px] items-center gap-1.5 rounded-[7px] border border-accent bg-accent-soft px-2.5 text-sm"
          key={tag}
          onClick={() => change({ tag: search.tag?.filter((each) => each !== tag) })}
          type="button"
        >
          {tag}
          <Icon name="close" size={13} />
        </button>
      ))}
      {isFiltered(search) && (
        <Button
          kind="ghost"
          onClick={() =>
            change({ q: undefined, state: undefined, site: undefined, kind: undefined, tag: undefined })
          }
        >
          {t.shell.actions.clearFilters}
        </Button>
      )}
    </search>
  )
}
