import { useTable } from '@tanstack/react-table'
import { useCallback, useMemo } from 'react'

import { type InterfaceFigures, isUsed, type Port, portMetrics } from '../live/interface-figures'
import { useSamples } from '../live/samples'
import { Button } from '../parts/button'
import { ColumnMenu, useHiddenColumns } from '../parts/column-menu'
import { DataTable } from '../parts/data-table'
import { Empty, ProblemNote, RefetchBar, Skeleton } from '../parts/feedback'
import { Toggle } from '../parts/field'
import { SearchBox } from '../parts/search-box'
import { features } from '../parts/table-features'
import { useWords } from '../texts/language'
import type { DeviceTabProps } from './device-tabs'
import { PortScope } from './interfaces-cells'
import { PortCharts } from './interfaces-charts'
import { portsHiddenAtFirst, usePortColumns } from './interfaces-columns'
import { useInterfaces } from './interfaces-load'

/** The ports of a device with what they carry now; choosing one shows its history. */
export function DeviceInterfaces({ device, search, change }: DeviceTabProps) {
  const deviceId = device.id
  const { t, count } = useWords()
  const { ports, figures, error, refreshing, reload } = useInterfaces(deviceId)
  useSamples(deviceId, portMetrics, (samples) => figures.apply(samples))
  const { q, all } = search
  const shown = useMemo(() => filterPorts(ports, figures, q, all), [ports, figures, q, all])
  const hidden = useMemo(
    () => (ports?.length ?? 0) - filterPorts(ports, figures, undefined, undefined).length,
    [ports, figures],
  )
  const find = useCallback((q: string) => change({ q: q || undefined }), [change])
  const open = useCallback(({ id }: Port) => change({ port: id }), [change])
  const table = usePortTable(shown, open)
  const chosen = ports?.find(({ id }) => id === search.port)

  return (
    <>
      {chosen && (
        <PortCharts change={change} deviceId={deviceId} key={chosen.id} port={chosen} search={search} />
      )}
      <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
        <SearchBox
          className="w-full sm:w-72"
          label={t.device.interfaces.search}
          onChange={find}
          value={search.q ?? ''}
        />
        <Toggle
          checked={!search.all}
          hint={t.device.interfaces.hideEmptyHint}
          label={t.device.interfaces.hideEmpty}
          onChange={(event) => change({ all: event.target.checked ? undefined : true })}
        />
        {!search.all && hidden > 0 && (
          <span className="text-ink-mute text-sm">{count(t.device.interfaces.hidden, hidden)}</span>
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
        {ports?.length === 0 && (
          <Empty hint={t.device.interfaces.noneHint} icon="devices" title={t.device.interfaces.none} />
        )}
        {ports && ports.length > 0 && shown.length === 0 && (
          <Empty icon="search" title={t.device.interfaces.noMatch}>
            <Button onClick={() => change({ q: undefined, all: true })}>
              {t.shell.actions.clearFilters}
            </Button>
          </Empty>
        )}
        {shown.length > 0 && (
          <PortScope figures={figures}>
            <DataTable
              Scope={Plain}
              attributes={({ name }) => ({ 'data-testid': 'interface-row', 'data-interface-name': name })}
              caption={t.device.tabs.interfaces}
              onOpen={open}
              selectedId={search.port}
              table={table}
            />
          </PortScope>
        )}
      </section>
    </>
  )
}

const Plain = ({ children }: { children: React.ReactNode }) => children

function filterPorts(
  ports: readonly Port[] | undefined,
  figures: InterfaceFigures,
  q: string | undefined,
  all: true | undefined,
): Port[] {
  const wanted = (q ?? '').trim().toLowerCase()
  return (ports ?? []).filter(
    (port) =>
      (all || isUsed(figures.get(port.id))) &&
      (!wanted ||
        [port.name, port.alias, port.description, port.mac].some((text) =>
          text?.toLowerCase().includes(wanted),
        )),
  )
}

function usePortTable(data: Port[], open: (port: Port) => void) {
  const columns = usePortColumns(open)
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
