import { createColumnHelper } from '@tanstack/react-table'
import { useMemo } from 'react'

import type { Port } from '../live/interface-figures'
import type { Features } from '../parts/table-features'
import { useWords } from '../texts/language'
import { PortFaults, PortState, PortTraffic } from './interfaces-cells'

const helper = createColumnHelper<Features, Port>()

/** Columns hidden until somebody asks for them. */
export const portsHiddenAtFirst = ['mac', 'mtu', 'index'] as const

/**
 * The columns of the interface table. Sorting uses the figures as they were loaded, not the live ones: rows must
 * not move under the cursor.
 */
export function usePortColumns(open: (port: Port) => void) {
  const { t, fill, format } = useWords()
  return useMemo(() => {
    const { column } = t.device.interfaces
    const right = { align: 'right' } as const
    return helper.columns([
      helper.accessor((port) => rank(port), {
        id: 'state',
        enableHiding: false,
        meta: { label: column.state, width: '110px' },
        cell: ({ row }) => <PortState port={row.original} />,
      }),
      helper.accessor('name', {
        id: 'name',
        sortFn: 'alphanumeric',
        enableHiding: false,
        meta: { label: column.name },
        cell: ({ row }) => (
          <button
            aria-label={fill(t.device.interfaces.open, { name: row.original.name })}
            className="min-h-6 font-medium hover:text-accent hover:underline"
            onClick={() => open(row.original)}
            type="button"
          >
            {row.original.name}
          </button>
        ),
      }),
      helper.accessor((port) => port.alias ?? '', {
        id: 'alias',
        sortFn: 'alphanumeric',
        meta: { label: column.alias },
        cell: ({ row }) => row.original.alias ?? <span className="text-ink-mute">–</span>,
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
  }, [t, fill, format, open])
}

/** Up before down before switched off. */
const rank = ({ adminUp, state }: Port): number => (adminUp ? (state?.operUp ? 0 : 1) : 2)
