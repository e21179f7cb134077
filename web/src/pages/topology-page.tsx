import { getRouteApi } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'

import { useTitle } from '../app/title'
import { findDevices } from '../live/directory'
import { useDirectory, useDirectoryLoaded } from '../live/live'
import { useTopology } from '../live/topology'
import { Button } from '../parts/button'
import { cx } from '../parts/cx'
import { Empty, ProblemNote, Skeleton } from '../parts/feedback'
import { useWide } from '../parts/media'
import { SearchBox } from '../parts/search-box'
import { useWords } from '../texts/language'
import { AddLink } from './link-form'
import { nodeId, sitesOf } from './topology-graph'
import { TopologyLegend } from './topology-legend'
import { TopologyList } from './topology-list'
import { TopologyMap } from './topology-map'
import { TopologyPanel } from './topology-panel'
import { type TopologySearch, topologyViews } from './topology-search'

const route = getRouteApi('/inside/topology')
/** With more devices than this, sites are folded up until somebody opens them. */
const openDevicesMax = 160

/** How the network is connected: a map that is live, and the same as a list. */
export function TopologyPage() {
  const { t, count } = useWords()
  useTitle(t.topology.title)
  const wide = useWide()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const change = useCallback(
    (part: { [K in keyof TopologySearch]?: TopologySearch[K] | undefined }) =>
      void navigate({ search: (before) => ({ ...before, ...part }) as TopologySearch, replace: 'q' in part }),
    [navigate],
  )
  const devices = useDirectory()
  const isKnown = useDirectoryLoaded()
  const { links, parents, loaded, error, reload } = useTopology()
  const view = search.view ?? (wide ? 'map' : 'list')
  const { q, device: chosen, turned } = search
  const sites = useMemo(() => sitesOf(devices, links, parents), [devices, links, parents])
  const found = useMemo(
    () => (q ? new Set(findDevices(devices, q, devices.length).map(({ id }) => id)) : undefined),
    [devices, q],
  )
  const unfolded = devices.length <= openDevicesMax
  const isOpen = useCallback(
    (key: string) => unfolded !== (turned ?? []).includes(key || 'none'),
    [turned, unfolded],
  )
  const turn = useCallback(
    (key: string) => {
      const [name, now] = [key || 'none', turned ?? []]
      const next = now.includes(name) ? now.filter((one) => one !== name) : [...now, name]
      change({ turned: next.length > 0 ? next : undefined })
    },
    [turned, change],
  )
  const listed = useMemo(
    () =>
      [...links]
        .filter(({ from, to }) => !found || found.has(nodeId(from) ?? '') || found.has(nodeId(to) ?? ''))
        .sort((a, b) => nameOf(a).localeCompare(nameOf(b), undefined, { numeric: true })),
    [links, found],
  )
  return (
    <div className="flex h-[calc(100dvh-6.5rem)] min-h-[420px] flex-col max-md:h-[calc(100dvh-10rem)]">
      <header className="mb-3 flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="font-semibold text-xl tracking-tight">{t.topology.title}</h1>
        <span className="num flex-1 text-ink-mute text-sm">
          {loaded &&
            `${count(t.network.count.devices, devices.length)} · ${count(t.topology.links, links.length)}`}
        </span>
        <SearchBox
          className="w-56 max-md:order-last max-md:w-full"
          label={t.topology.search}
          onChange={(text) => change({ q: text || undefined })}
          value={q ?? ''}
        />
        <AddLink />
        <fieldset className="flex rounded-[8px] border border-line bg-surface p-0.5">
          <legend className="sr-only">{t.topology.view}</legend>
          {topologyViews.map((name) => (
            <Button
              aria-pressed={view === name}
              className={cx('border-0', view === name && 'bg-accent-soft! font-medium text-ink!')}
              icon={name === 'map' ? 'topology' : 'table'}
              key={name}
              kind="ghost"
              onClick={() => change({ view: name })}
              small
            >
              {t.topology.views[name]}
            </Button>
          ))}
        </fieldset>
      </header>
      {error !== undefined && <ProblemNote className="mb-3" error={error} keeps={loaded} onRetry={reload} />}
      <p className="sr-only" id="topology-hint">
        {t.topology.hint}
      </p>
      <div className="flex min-h-0 flex-1 gap-3">
        <div className="card relative flex min-w-0 flex-1 flex-col overflow-hidden">
          {!loaded || !isKnown ? (
            <Skeleton className="m-4 h-full" />
          ) : devices.length === 0 ? (
            <Empty hint={t.topology.emptyHint} icon="topology" title={t.topology.empty} />
          ) : view === 'list' ? (
            <TopologyList links={listed} />
          ) : (
            <>
              <TopologyMap
                chosen={chosen}
                found={found}
                isOpen={isOpen}
                links={links}
                onOpen={({ id, stranger }) => change({ device: stranger ? undefined : id })}
                onTurn={turn}
                sites={sites}
              />
              <TopologyLegend />
            </>
          )}
        </div>
        {chosen && view === 'map' && (
          <TopologyPanel deviceId={chosen} links={links} onClose={() => change({ device: undefined })} />
        )}
      </div>
    </div>
  )
}

const nameOf = ({
  from,
  to,
}: {
  from: { device: { name: string } | null }
  to: { device: { name: string } | null }
}) => `${from.device?.name ?? ''} ${to.device?.name ?? ''}`
