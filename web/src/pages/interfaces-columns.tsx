import { Link } from '@tanstack/react-router'
import { createColumnHelper } from '@tanstack/react-table'
import { useMemo } from 'react'

import type { Port } from '../live/interface-figures'
import type { Features } from '../parts/table-features'
import { useWords } from '../texts/language'
import type { ChartSearch } from './chart-search'
import { PortChanged, PortFaults, PortState, PortTraffic } from './interfaces-cells'
import { stateRank } from './interfaces-filter'

const helper = createColumnHelper<Features, Port>()

/** Columns hidden until somebody asks for them. */
export const portsHiddenAtFirst = ['mac', 'mtu', 'index'] as const

/**
 * The columns of the interface table. Sorting uses the figures as they were loaded, not the live ones: rows must
 * not move under the cursor.
 */
export function usePortColumns(deviceId: string) {
  const { t, format } = useWords()
  return useMemo(() => {
    const { column } = t.device.interfaces
    const right = { align: 'right' } as const
    return helper.columns([
      helper.accessor((port) => stateRank(port), {
        id: 'state',
        enableHiding: false,
        meta: { label: column.state, width: '96px' },
        cell: ({ row }) => <PortState port={row.original} />,
      }),
      helper.accessor('name', {
        id: 'name',
        sortFn: 'alphanumeric',
        enableHiding: false,
        meta: { label: column.name, pinned: 'left' },
        cell: ({ row }) => (
          <Link
            className="inline-flex min-h-6 items-center font-medium hover:text-accent hover:underline"
            params={{ id: deviceId, interfaceId: row.original.id }}
            preload={false}
            search={({ range, compare }: ChartSearch) => ({ range, compare }) as ChartSearch}
            to="/devices/$id/interfaces/$interfaceId"
          >
            {row.original.name}
          </Link>
        ),
      }),
      helper.accessor((port) => port.alias ?? '', {
        id: 'alias',
        sortFn: 'alphanumeric',
        meta: { label: column.alias },
        cell: ({ row }) => (
          <span className="block max-w-36 truncate" title={row.original.alias ?? undefined}>
            {row.original.alias ?? <span className="text-ink-mute">–</span>}
          </span>
        ),
      }),
      helper.accessor((port) => Number(port.speedBps ?? 0), {
        id: 'speed',
        meta: { label: column.speed, ...right },
        cell: ({ row }) => format.bits(row.original.speedBps === null ? null : Number(row.original.speedBps)),
      }),
      helper.accessor((port) => port.state?.inBps ?? -1, {
        id: 'in',
        sortDescFirst: true,
        meta: { label: column.in },
        cell: ({ row }) => <PortTraffic id={row.original.id} way="in" />,
      }),
      helper.accessor((port) => port.state?.outBps ?? -1, {
        id: 'out',
        sortDescFirst: true,
        meta: { label: column.out },
        cell: ({ row }) => <PortTraffic id={row.original.id} way="out" />,
      }),
      helper.accessor((port) => port.state?.errorsPerSecond ?? -1, {
        id: 'errors',
        sortDescFirst: true,
        meta: { label: column.errors, ...right },
        cell: ({ row }) => <PortFaults id={row.original.id} kind="errorsPerSecond" />,
      }),
      helper.accessor((port) => port.state?.discardsPerSecond ?? -1, {
        id: 'discards',
        sortDescFirst: true,
        meta: { label: column.discards, ...right },
        cell: ({ row }) => <PortFaults id={row.original.id} kind="discardsPerSecond" />,
      }),
      helper.accessor((port) => port.state?.operChangedAt ?? '', {
        id: 'changed',
        sortDescFirst: true,
        meta: { label: column.changed, ...right },
        cell: ({ row }) => <PortChanged id={row.original.id} />,
      }),
      helper.accessor((port) => port.mac ?? '', {
        id: 'mac',
        enableSorting: false,
        meta: { label: column.mac },
        cell: ({ row }) => <span className="font-mono text-[13px]">{row.original.mac ?? '–'}</span>,
      }),
      helper.accessor((port) => port.mtu ?? 0, {
        id: 'mtu',
        meta: { label: column.mtu, ...right },
        cell: ({ row }) => row.original.mtu ?? '–',
      }),
      helper.accessor('ifIndex', {
        id: 'index',
        meta: { label: column.index, ...right },
        cell: ({ row }) => row.original.ifIndex,
      }),
    ])
  }, [t, format, deviceId])
}
