import { useCallback } from 'react'

import { useDirectory } from '../live/live'
import { cx } from '../parts/cx'
import { FilterMenu } from '../parts/filter-menu'
import { Icon } from '../parts/icon'
import { SearchBox } from '../parts/search-box'
import { SeverityBadge } from '../parts/state'
import { useWords } from '../texts/language'
import type { AlertsChange } from './alerts-page'
import { type AlertsSearch, severities, type View, views } from './alerts-search'

/** What narrows the alert list; all of it is in the URL. */
export function AlertFilters({ search, change }: { search: AlertsSearch; change: AlertsChange }) {
  const { t, fill } = useWords()
  const { filter } = t.alerts
  const find = useCallback((q: string) => change({ q: q || undefined }), [change])
  const device = useDirectory().find(({ id }) => id === search.device)
  return (
    <search className="flex flex-wrap items-center gap-2">
      <ViewChoice
        chosen={search.state ?? 'firing'}
        onChoose={(view) => change({ state: view === 'firing' ? undefined : view })}
      />
      <SearchBox className="w-full sm:w-64" label={t.alerts.search} onChange={find} value={search.q ?? ''} />
      <FilterMenu
        chosen={search.severity}
        label={filter.severity}
        onChange={(severity) => change({ severity })}
        options={severities.map((value) => ({
          value,
          text: t.network.severity[value],
          mark: <SeverityBadge bare severity={value} />,
        }))}
      />
      <FilterMenu<'no' | 'yes'>
        chosen={search.ack && [search.ack]}
        label={filter.ack}
        // The menu lets choose several; of yes and no the one chosen last holds.
        onChange={(next) => change({ ack: next?.find((each) => each !== search.ack) ?? next?.[0] })}
        options={[
          { value: 'no', text: filter.ackNo },
          { value: 'yes', text: filter.ackYes },
        ]}
      />
      {search.device && (
        <button
          className="inline-flex h-[34px] items-center gap-1.5 rounded-[7px] border border-accent bg-accent-soft px-2.5 text-sm"
          onClick={() => change({ device: undefined })}
          title={t.shell.actions.clear}
          type="button"
        >
          {fill(filter.device, { name: device?.name ?? search.device.slice(0, 8) })}
          <Icon name="close" size={13} />
        </button>
      )}
    </search>
  )
}

function ViewChoice({ chosen, onChoose }: { chosen: View; onChoose: (view: View) => void }) {
  const { t } = useWords()
  return (
    <fieldset className="flex rounded-lg border border-line bg-surface p-0.5">
      <legend className="sr-only">{t.alerts.filter.state}</legend>
      {views.map((view) => (
        <button
          aria-pressed={chosen === view}
          className={cx(
            'h-7 rounded-md px-2.5 text-[13px]',
            chosen === view ? 'bg-accent-soft font-medium text-ink' : 'text-ink-mute hover:text-ink',
          )}
          key={view}
          onClick={() => onChoose(view)}
          type="button"
        >
          {t.alerts.filter[view]}
        </button>
      ))}
    </fieldset>
  )
}
