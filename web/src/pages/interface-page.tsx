import { useQuery } from '@apollo/client/react'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'

import { loaded } from '../app/loaded'
import { useTitle } from '../app/title'
import { InterfacePageDocument, type InterfacePageQuery } from '../gql/graphql'
import { InterfaceFigures, portMetrics } from '../live/interface-figures'
import { useSamples } from '../live/samples'
import { Empty, ProblemNote, Skeleton } from '../parts/feedback'
import { Icon } from '../parts/icon'
import { useWords } from '../texts/language'
import type { ChartSearch, ChartSearchChange } from './chart-search'
import { InterfaceCharts } from './interface-charts'
import { InterfaceHeader } from './interface-header'
import { interfaceSections } from './interface-sections'
import { PortScope } from './interfaces-cells'

const route = getRouteApi('/inside/devices/$id/interfaces/$interfaceId')

export type InterfaceDetail = NonNullable<InterfacePageQuery['interface']>

/** Everything about one interface. */
export function InterfacePage() {
  const { t } = useWords()
  const { id, interfaceId } = route.useParams()
  const query = useQuery(InterfacePageDocument, { variables: { id: interfaceId } })
  const { data, error, first } = loaded(query)
  const port = data?.interface?.id === interfaceId ? data.interface : undefined
  useTitle(port ? `${port.name} · ${port.device.name}` : t.device.tabs.interfaces)
  return (
    <>
      <Trail id={id} name={port?.device.name} />
      {error !== undefined && (
        <ProblemNote
          className="mb-3"
          error={error}
          keeps={Boolean(port)}
          onRetry={() => void query.refetch()}
        />
      )}
      {(first || (!port && query.loading)) && <PageSkeleton />}
      {data && !query.loading && !port && (
        <Empty hint={t.interface.missing.hint} icon="unknown" title={t.interface.missing.title} />
      )}
      {port && <Found key={port.id} port={port} />}
    </>
  )
}

/** The way back: all devices, this one, its interfaces. */
function Trail({ id, name }: { id: string; name: string | undefined }) {
  const { t } = useWords()
  const look = 'inline-flex min-h-6 items-center text-ink-mute hover:text-ink'
  return (
    <nav aria-label={t.interface.trail} className="mb-2 flex flex-wrap items-center gap-x-1.5 text-sm">
      <Link className={look} to="/devices">
        {t.devices.title}
      </Link>
      <Icon className="text-ink-mute" name="chevronRight" size={13} />
      <Link className={look} params={{ id }} to="/devices/$id">
        {name ?? '…'}
      </Link>
      <Icon className="text-ink-mute" name="chevronRight" size={13} />
      <Link className={look} params={{ id }} search={{ tab: 'interfaces' }} to="/devices/$id">
        {t.device.tabs.interfaces}
      </Link>
    </nav>
  )
}

function Found({ port }: { port: InterfaceDetail }) {
  const search = route.useSearch()
  const navigate = useNavigate({ from: '/devices/$id/interfaces/$interfaceId' })
  const change = useCallback<ChartSearchChange>(
    (part) =>
      void navigate({ search: (before) => ({ ...before, ...part }) as ChartSearch, resetScroll: false }),
    [navigate],
  )
  const [figures] = useState(() => new InterfaceFigures())
  useMemo(() => figures.load([port]), [figures, port])
  const deviceId = port.device.id
  useSamples(deviceId, portMetrics, (samples) =>
    figures.apply(samples.filter(({ instance }) => instance === port.id)),
  )
  return (
    <PortScope figures={figures}>
      <InterfaceHeader port={port} />
      <InterfaceCharts change={change} deviceId={deviceId} id={port.id} search={search} />
      {interfaceSections.map(({ name, Section }) => (
        <Section key={name} port={port} />
      ))}
    </PortScope>
  )
}

const PageSkeleton = () => (
  <div>
    <Skeleton className="mb-2 h-8 w-64" />
    <Skeleton className="mb-6 h-5 w-96 max-w-full" />
    <div className="grid gap-4 xl:grid-cols-2">
      <Skeleton className="h-64" />
      <Skeleton className="h-64" />
    </div>
  </div>
)
