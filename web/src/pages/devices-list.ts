import { skipToken, useQuery } from '@apollo/client/react'
import { useNavigate } from '@tanstack/react-router'
import { type SortingState, useTable } from '@tanstack/react-table'
import { useCallback, useEffect, useMemo } from 'react'

import { debounce } from '../app/debounce'
import { DeviceListDocument, type DeviceListQueryVariables } from '../gql/graphql'
import { watchDevices } from '../live/live'
import { useHiddenColumns } from '../parts/column-menu'
import { features } from '../parts/table-features'
import type { DeviceNode } from './devices-cells'
import { hiddenAtFirst, useDeviceColumns } from './devices-columns'
import { type DevicesSearch, orderOf } from './devices-search'
import type { StateFilter } from './devices-state-filter'

const pageSize = 50

/** Changes a part of the URL; undefined takes it out. */
export type SearchChange = (part: { [K in keyof DevicesSearch]?: DevicesSearch[K] | undefined }) => void

/** Changes a part of the URL. A new filter or order begins at the first page. */
export function useSearchChange(): SearchChange {
  const navigate = useNavigate({ from: '/devices' })
  return useCallback(
    (part) => {
      const keepsPage = 'after' in part || 'form' in part
      void navigate({
        search: (before) =>
          ({
            ...before,
            ...(!keepsPage && { after: undefined, start: undefined }),
            ...part,
          }) as DevicesSearch,
        // Typing in the search field should not fill the history.
        replace: 'q' in part,
      })
    },
    [navigate],
  )
}

/** The page of devices that the URL asks for; asked again when anybody changes a device. */
export function useDeviceList(search: DevicesSearch, { ids }: StateFilter) {
  const { q, site, kind, tag, sort, after, state } = search
  const variables: DeviceListQueryVariables = {
    filter: {
      ...(q && { search: q }),
      ...(site && { siteIds: site }),
      ...(kind && { kinds: kind }),
      ...(tag && { tags: tag }),
      ...(ids && { ids: [...ids] }),
    },
    orderBy: orderOf(sort),
    first: pageSize,
    after: after ?? null,
  }
  const nothing = state !== undefined && (ids === undefined || ids.length === 0)
  const query = useQuery(
    DeviceListDocument,
    nothing ? skipToken : { variables, notifyOnNetworkStatusChange: true },
  )
  const { refetch } = query
  useEffect(
    () =>
      watchDevices(
        debounce(() => {
          if (!nothing) void refetch().catch(() => undefined)
        }, 500),
      ),
    [refetch, nothing],
  )
  // What an earlier filter found must not stand under a filter that finds nothing.
  return nothing ? { ...query, data: undefined, previousData: undefined, loading: false } : query
}

/** The table over a page of devices: columns, order and visibility. */
export function useDeviceTable(
  data: DeviceNode[],
  { sort = 'name' }: DevicesSearch,
  change: SearchChange,
  edit: (id: string) => void,
) {
  const navigate = useNavigate()
  const open = useCallback((id: string) => void navigate({ to: '/devices/$id', params: { id } }), [navigate])
  const columns = useDeviceColumns(edit, open)
  const columnVisibility = useHiddenColumns('devices', hiddenAtFirst)
  const sorting = useMemo<SortingState>(
    () => [{ id: sort.replace('-', ''), desc: sort.startsWith('-') }],
    [sort],
  )
  return useTable({
    features,
    columns,
    data,
    getRowId: ({ id }) => id,
    manualSorting: true,
    enableSortingRemoval: false,
    state: { sorting, columnVisibility },
    onSortingChange: (update) => {
      const [next] = typeof update === 'function' ? update(sorting) : update
      if (next) change({ sort: `${next.desc ? '-' : ''}${next.id}` as NonNullable<DevicesSearch['sort']> })
    },
  })
}

/** Goes to the next page; undefined on the last one. */
export function pageOn(
  page: { hasNextPage: boolean; endCursor: string | null } | undefined,
  { start = 0 }: DevicesSearch,
  shown: number,
  change: SearchChange,
): (() => void) | undefined {
  const after = page?.hasNextPage ? page.endCursor : null
  return after ? () => change({ after, start: start + shown }) : undefined
}
