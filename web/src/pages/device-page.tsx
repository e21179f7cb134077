import { useQuery } from '@apollo/client/react'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useCallback } from 'react'

import { loaded } from '../app/loaded'
import { useDenied } from '../app/permission'
import { useShortcuts } from '../app/shortcuts'
import { useTitle } from '../app/title'
import { DevicePageDocument, type DevicePageQuery } from '../gql/graphql'
import { Button } from '../parts/button'
import { Ago } from '../parts/clock'
import { cx } from '../parts/cx'
import { Empty, ProblemNote, Skeleton } from '../parts/feedback'
import { Icon } from '../parts/icon'
import { useWords } from '../texts/language'
import { useDeviceActions } from './device-actions'
import { DeviceHeader } from './device-header'
import type { DeviceSearch } from './device-search'
import { deviceTabs, tabOf } from './device-tabs'

const DeviceForm = lazy(() => import('./device-form').then(({ DeviceForm }) => ({ default: DeviceForm })))
const route = getRouteApi('/inside/devices/$id')

export type DeviceDetail = NonNullable<DevicePageQuery['device']>
export type DeviceSearchChange = (part: { [K in keyof DeviceSearch]?: DeviceSearch[K] | undefined }) => void

/** Everything about one device. */
export function DevicePage() {
  const { t } = useWords()
  const { id } = route.useParams()
  const query = useQuery(DevicePageDocument, { variables: { id } })
  const { data, error, first } = loaded(query)
  const device = data?.device?.id === id ? data.device : undefined
  useTitle(device?.name ?? t.devices.title)
  return (
    <>
      <nav aria-label={t.shell.actions.back} className="mb-2 text-sm">
        <Link className="inline-flex min-h-6 items-center gap-1 text-ink-mute hover:text-ink" to="/devices">
          <Icon name="chevronLeft" size={14} />
          {t.devices.title}
        </Link>
      </nav>
      {error !== undefined && (
        <ProblemNote
          className="mb-3"
          error={error}
          keeps={Boolean(device)}
          onRetry={() => void query.refetch()}
        />
      )}
      {first || (!device && query.loading) ? <HeadSkeleton /> : null}
      {data && !query.loading && !device && <Missing />}
      {device && <Found device={device} key={device.id} />}
    </>
  )
}

function Found({ device }: { device: DeviceDetail }) {
  const search = route.useSearch()
  const navigate = useNavigate({ from: '/devices/$id' })
  const denied = useDenied('device.write')
  const change = useCallback<DeviceSearchChange>(
    (part) =>
      void navigate({
        search: (before) => ({ ...before, ...part }) as DeviceSearch,
        replace: 'q' in part,
        resetScroll: false,
      }),
    [navigate],
  )
  useShortcuts({ e: () => (denied ? false : change({ form: device.id })) })
  const { tab, Body } = tabOf(search.tab)
  return (
    <>
      <DeviceHeader device={device} onEdit={() => change({ form: device.id })} />
      <Notices device={device} />
      <TabList chosen={tab.name} device={device} />
      <Suspense fallback={<Skeleton className="h-64" />}>
        <Body change={change} device={device} search={search} />
      </Suspense>
      <Suspense>
        {search.form && (
          <DeviceForm
            onClose={() => change({ form: undefined })}
            which={search.form === 'new' ? 'new' : device.id}
          />
        )}
      </Suspense>
    </>
  )
}

/** Tabs are links: each is a place with its own address, to go back to and to share. */
function TabList({ chosen, device }: { chosen: string; device: DeviceDetail }) {
  const { t, format } = useWords()
  return (
    <nav aria-label={t.device.tabs.label} className="mb-4 flex gap-1 overflow-x-auto border-line border-b">
      {deviceTabs.map((tab) => {
        const count = 'count' in tab ? tab.count(device) : undefined
        return (
          <Link
            aria-current={chosen === tab.name ? 'page' : undefined}
            className={cx(
              '-mb-px flex h-10 items-center gap-1.5 whitespace-nowrap border-b-2 px-3 text-sm',
              chosen === tab.name
                ? 'border-accent font-medium text-ink'
                : 'border-transparent text-ink-mute hover:text-ink',
            )}
            from="/devices/$id"
            key={tab.name}
            onFocus={() => void tab.load()}
            onPointerEnter={() => void tab.load()}
            params={{ id: device.id }}
            resetScroll={false}
            search={({ range, from, to, compare }: DeviceSearch) =>
              ({
                range,
                from,
                to,
                compare,
                ...(tab.name !== 'overview' && { tab: tab.name }),
              }) as DeviceSearch
            }
            to="/devices/$id"
          >
            {t.device.tabs[tab.name]}
            {count !== undefined && (
              <span
                className={cx(
                  'num rounded-full px-1.5 text-xs',
                  'alarming' in tab ? 'bg-down-soft text-down-ink' : 'bg-sunken text-ink-mute',
                )}
              >
                {format.integer(count)}
              </span>
            )}
          </Link>
        )
      })}
    </nav>
  )
}

/** What makes the figures below mean something else: deleted, or paused. */
function Notices({ device }: { device: DeviceDetail }) {
  const { t } = useWords()
  const { restore, resume } = useDeviceActions()
  const denied = useDenied('device.write')
  const box = 'mb-3 flex items-center gap-3 rounded-lg bg-degraded-soft px-3.5 py-2 text-degraded-ink text-sm'
  if (device.deletedAt) {
    const [before, after] = t.device.deleted.split('{ago}')
    return (
      <p className={box} role="status">
        <Icon name="trash" />
        <span className="flex-1">
          {before}
          <Ago at={device.deletedAt} />
          {after}
        </span>
        <Button denied={denied} onClick={() => void restore(device)}>
          {t.device.restore}
        </Button>
      </p>
    )
  }
  if (device.status !== 'DISABLED') return null
  return (
    <p className={box} role="status">
      <Icon name="pause" />
      <span className="flex-1">{t.device.paused}</span>
      <Button denied={denied} icon="play" onClick={() => void resume(device)}>
        {t.devices.action.resume}
      </Button>
    </p>
  )
}

function Missing() {
  const { t } = useWords()
  return (
    <Empty hint={t.device.missing.hint} icon="unknown" title={t.device.missing.title}>
      <Link className="text-accent hover:underline" to="/devices">
        {t.device.missing.back}
      </Link>
    </Empty>
  )
}

const HeadSkeleton = () => (
  <div>
    <Skeleton className="mb-2 h-8 w-64" />
    <Skeleton className="mb-6 h-5 w-96 max-w-full" />
    <Skeleton className="mb-4 h-10 w-full" />
    <div className="grid gap-4 xl:grid-cols-2">
      <Skeleton className="h-64" />
      <Skeleton className="h-64" />
    </div>
  </div>
)
