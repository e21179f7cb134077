import { useNavigate } from '@tanstack/react-router'
import { useTable } from '@tanstack/react-table'
import { useCallback, useMemo } from 'react'

import { type Port, portMetrics } from '../live/interface-figures'
import { useSamples } from '../live/samples'
import { Button } from '../parts/button'
import { ColumnMenu, useHiddenColumns } from '../parts/column-menu'
import { DataTable } from '../parts/data-table'
import { Empty, ProblemNote, RefetchBar, Skeleton } from '../parts/feedback'
import { Toggle } from '../parts/field'
import { FilterMenu } from '../parts/filter-menu'
import { useWide } from '../parts/media'
import { SearchBox } from '../parts/search-box'
import { features } from '../parts/table-features'
import { useWords } from '../texts/language'
import type { ChartSearch } from './chart-search'
import type { DeviceTabProps } from './device-tabs'
import { PortCards } from './interfaces-cards'
import { PortScope } from './interfaces-cells'
import { portsHiddenAtFirst, usePortColumns } from './interfaces-columns'
import { portFilters, selectPorts } from './interfaces-filter'
import { useInterfaces } from './interfaces-load'

/** The ports of a device with what they carry now; a row opens the page of its port. */
export function DeviceInterfaces({ device, search, change }: DeviceTabProps) {
  const { t, count } = useWords()
  const navigate = useNavigate()
  const wide = useWide()
  const deviceId = device.id
  const { ports, figures, error, refreshing, reload } = useInterfaces(deviceId)
  useSamples(deviceId, portMetrics, (samples) => figures.apply(samples))
  const { q, all, ports: filters } = search
  const select = useCallback(
    (by: Parameters<typeof selectPorts>[2]) => selectPorts(ports ?? [], (id) => figures.get(id), by),
    [ports, figures],
  )
  const shown = useMemo(() => select({ q, all, ports: filters }), [select, q, all, filters])
  const hidden = useMemo(() => (ports?.length ?? 0) - select({}).length, [ports, select])
  const find = useCallback((q: string) => change({ q: q || undefined }), [change])
  const open = useCallback(
    ({ id }: Port) =>
      void navigate({
        to: '/devices/$id/interfaces/$interfaceId',
        params: { id: deviceId, interfaceId: id },
        search: ({ range, compare }: ChartSearch) => ({ range, compare }) as ChartSearch,
      }),
    [navigate, deviceId],
  )
  const table = usePortTable(shown, deviceId)
  const { interfaces } = t.device

  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-x-3 gap-y-2">
        <SearchBox className="w-full sm:w-72" label={interfaces.search} onChange={find} value={q ?? ''} />
        <FilterMenu
          chosen={filters}
          label={interfaces.filter.label}
          onChange={(ports) => change({ ports })}
          options={portFilters.map((value) => ({ value, text: interfaces.filter[value] }))}
        />
        {!filters && (
          <Toggle
            checked={!all}
            hint={interfaces.hideEmptyHint}
            label={interfaces.hideEmpty}
            onChange={(event) => change({ all: event.target.checked ? undefined : true })}
          />
        )}
        {!filters && !all && hidden > 0 && (
          <span className="text-ink-mute text-sm">{count(interfaces.hidden, hidden)}</span>
        )}
        <span className="ml-auto hidden md:inline-flex">
          <ColumnMenu name="interfaces" table={table} />
        </span>
      </div>
      {error !== undefined && (
        <ProblemNote className="mb-3" error={error} keeps={Boolean(ports)} onRetry={reload} />
      )}
      <section
        aria-label={t.device.tabs.interfaces}
        className="card relative flex max-h-[calc(100dvh-120px)] flex-col overflow-hidden"
      >
        <RefetchBar active={refreshing} />
        {!ports && error === undefined && <PortSkeleton />}
        {ports?.length === 0 && <Empty hint={interfaces.noneHint} icon="devices" title={interfaces.none} />}
        {ports && ports.length > 0 && shown.length === 0 && (
          <Empty icon="search" title={interfaces.noMatch}>
            <Button onClick={() => change({ q: undefined, ports: undefined, all: true })}>
              {t.shell.actions.clearFilters}
            </Button>
          </Empty>
        )}
        {shown.length > 0 && !wide && (
          <PortScope figures={figures}>
            <PortCards deviceId={deviceId} ports={shown} />
          </PortScope>
        )}
        {shown.length > 0 && wide && (
          <PortScope figures={figures}>
            <DataTable
              Scope={Plain}
              attributes={({ name }) => ({ 'data-testid': 'interface-row', 'data-interface-name': name })}
              caption={t.device.tabs.interfaces}
              onOpen={open}
              opensOnClick
              table={table}
            />
          </PortScope>
        )}
      </section>
    </>
  )
}

const Plain = ({ children }: { children: React.ReactNode }) => children

function usePortTable(data: Port[], deviceId: string) {
  const columns = usePortColumns(deviceId)
  const columnVisibility = useHiddenColumns('interfaces', portsHiddenAtFirst)
  return useTable({
    features,
    columns,
    data,
    getRowId: ({ id }) => id,
    initialState: { sorting: [{ id: 'index', desc: false }] },
    state: { columnVisibility },
    sortDescFirst: false,
  })
}

const PortSkeleton = () => (
  <div className="flex flex-col gap-3 p-4">
    {[0, 1, 2, 3, 4, 5, 6, 7].map((each) => (
      <Skeleton className="h-5 w-full" key={each} />
    ))}
  </div>
)
