import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useCallback } from 'react'

import { loaded } from '../app/loaded'
import { useDenied, useMay } from '../app/permission'
import { useShortcuts } from '../app/shortcuts'
import { useTitle } from '../app/title'
import { Button } from '../parts/button'
import { ColumnMenu } from '../parts/column-menu'
import { DataTable } from '../parts/data-table'
import { Empty, ProblemNote, RefetchBar, Skeleton } from '../parts/feedback'
import { Icon } from '../parts/icon'
import { useWide } from '../parts/media'
import { Pager } from '../parts/pager'
import { useWords } from '../texts/language'
import { DeviceMenu } from './device-menu'
import { DeviceCard, type DeviceNode, DeviceScope, useRowDevice } from './devices-cells'
import { DeviceFilters } from './devices-filters'
import { pageOn, type SearchChange, useDeviceList, useDeviceTable, useSearchChange } from './devices-list'
import { isFiltered } from './devices-search'
import { idsMost, type StateFilter, useStateFilter } from './devices-state-filter'

const DeviceForm = lazy(() => import('./device-form').then(({ DeviceForm }) => ({ default: DeviceForm })))
const route = getRouteApi('/inside/devices')
const none: DeviceNode[] = []

/** The device list: server-side filter, order and paging; live states in the cells. */
export function DevicesPage() {
  const { t, count } = useWords()
  useTitle(t.devices.title)
  const search = route.useSearch()
  const change = useSearchChange()
  const filter = useStateFilter(search.state)
  const query = useDeviceList(search, filter)
  const { data, error, first, refreshing } = loaded(query)
  const nodes = data?.devices.nodes ?? none
  const total = data?.devices.totalCount ?? 0
  const denied = useDenied('device.write')
  const mayDiscover = useMay('discovery.run')
  const add = useCallback(() => change({ form: 'new' }), [change])
  const edit = useCallback((id: string) => change({ form: id }), [change])
  const table = useDeviceTable(nodes, search, change, edit)
  useShortcuts({ c: () => (denied ? false : add()) })
  const empty = !first && !filter.pending && error === undefined && nodes.length === 0

  return (
    <div className="flex h-full flex-col gap-3 md:h-[calc(100dvh-52px-2rem)]">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="font-semibold text-xl tracking-tight">{t.devices.title}</h1>
        <p className="num flex-1 text-ink-mute text-sm" role="status">
          {data && count(t.network.count.devices, total)}
        </p>
        <span className="hidden md:inline-flex">
          <ColumnMenu name="devices" table={table} />
        </span>
        {mayDiscover && (
          <Link
            className="inline-flex h-[34px] items-center gap-1.5 rounded-[7px] border border-line bg-surface px-3 text-sm hover:bg-hover"
            to="/discovery"
          >
            <Icon name="discovery" />
            {t.discovery.form.title}
          </Link>
        )}
        {!denied && (
          <Link
            className="inline-flex h-[34px] items-center gap-1.5 rounded-[7px] border border-line bg-surface px-3 text-sm hover:border-line-strong hover:bg-hover"
            to="/devices/import"
          >
            <Icon name="upload" />
            {t.importing.open}
          </Link>
        )}
        <Button data-testid="add-device" denied={denied} icon="plus" kind="primary" onClick={add}>
          {t.devices.add}
        </Button>
      </header>
      <DeviceFilters change={change} search={search} />
      <Notes error={error} filter={filter} keeps={nodes.length > 0} onRetry={() => void query.refetch()} />
      <section
        aria-label={t.devices.title}
        className="card relative flex min-h-0 flex-1 flex-col overflow-hidden"
      >
        <RefetchBar active={refreshing} />
        {(first || filter.pending) && <TableSkeleton />}
        {empty && <NoDevices add={denied ? undefined : add} change={change} filtered={isFiltered(search)} />}
        {nodes.length > 0 && !filter.pending && <DeviceRows edit={edit} nodes={nodes} table={table} />}
        {nodes.length > 0 && (
          <Pager
            onNext={pageOn(data?.devices.pageInfo, search, nodes.length, change)}
            onPrevious={search.after ? () => history.back() : undefined}
            shown={nodes.length}
            start={search.start ?? 0}
            total={total}
          />
        )}
      </section>
      <Suspense>
        {search.form && (
          <DeviceForm key={search.form} onClose={() => change({ form: undefined })} which={search.form} />
        )}
      </Suspense>
    </div>
  )
}

function DeviceRows({
  nodes,
  table,
  edit,
}: {
  nodes: DeviceNode[]
  table: ReturnType<typeof useDeviceTable>
  edit: (id: string) => void
}) {
  const { t } = useWords()
  const navigate = useNavigate()
  const denied = useDenied('device.write')
  if (!useWide()) {
    return (
      <ul>
        {nodes.map((node) => (
          <DeviceScope key={node.id} row={node}>
            <CardWithMenu edit={edit} />
          </DeviceScope>
        ))}
      </ul>
    )
  }
  return (
    <DataTable
      Scope={DeviceScope}
      attributes={({ name }) => ({ 'data-testid': 'device-row', 'data-device-name': name })}
      caption={t.devices.title}
      keys={{ e: ({ id }) => !denied && edit(id) }}
      onOpen={({ id }) => void navigate({ to: '/devices/$id', params: { id } })}
      table={table}
    />
  )
}

function CardWithMenu({ edit }: { edit: (id: string) => void }) {
  const device = useRowDevice()
  return <DeviceCard menu={<DeviceMenu device={device} onEdit={() => edit(device.id)} />} />
}

function Notes({
  error,
  filter,
  keeps,
  onRetry,
}: {
  error: unknown
  filter: StateFilter
  keeps: boolean
  onRetry: () => void
}) {
  const { t, count, fill, format } = useWords()
  return (
    <>
      {error !== undefined && <ProblemNote error={error} keeps={keeps} onRetry={onRetry} />}
      {filter.capped && (
        <p className="text-ink-mute text-sm">{fill(t.devices.capped, { n: format.integer(idsMost) })}</p>
      )}
      {filter.moved > 0 && (
        <p
          className="flex items-center gap-3 rounded-lg bg-info-soft px-3 py-1.5 text-info-ink text-sm"
          role="status"
        >
          <span className="flex-1">{count(t.devices.moved, filter.moved)}</span>
          <Button icon="refresh" onClick={filter.refresh}>
            {t.devices.refreshList}
          </Button>
        </p>
      )}
    </>
  )
}

function NoDevices({
  filtered,
  add,
  change,
}: {
  filtered: boolean
  add: (() => void) | undefined
  change: SearchChange
}) {
  const { t } = useWords()
  if (filtered) {
    return (
      <Empty hint={t.devices.noMatch.hint} icon="search" title={t.devices.noMatch.title}>
        <Button
          onClick={() =>
            change({ q: undefined, state: undefined, site: undefined, kind: undefined, tag: undefined })
          }
        >
          {t.shell.actions.clearFilters}
        </Button>
      </Empty>
    )
  }
  return (
    <Empty hint={t.devices.empty.hint} icon="devices" title={t.devices.empty.title}>
      {add && (
        <Button icon="plus" kind="primary" onClick={add}>
          {t.devices.add}
        </Button>
      )}
    </Empty>
  )
}

function TableSkeleton() {
  return (
    <div className="flex flex-col">
      {Array.from({ length: 12 }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are alike and never move
        <div className="flex h-[38px] items-center gap-6 border-line border-b px-3" key={index}>
          <Skeleton className="h-5 w-20 rounded-full" />
          <Skeleton className="h-4 w-40" />
          <Skeleton className="h-4 w-28" />
          <Skeleton className="hidden h-4 flex-1 md:block" />
        </div>
      ))}
    </div>
  )
}
