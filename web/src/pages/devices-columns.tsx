import { createColumnHelper } from '@tanstack/react-table'
import { useMemo } from 'react'

import { type Features } from '../parts/table-features'
import { useWords } from '../texts/language'
import { DeviceMenu } from './device-menu'
import * as cells from './devices-cells'
import { sortFields } from './devices-search'

const helper = createColumnHelper<Features, cells.DeviceNode>()

/** Columns hidden until somebody asks for them. */
export const hiddenAtFirst = ['kind', 'os', 'polled'] as const

/** The device list's columns. Only what the server can sort by can be sorted: a page is not the whole list. */
export function useDeviceColumns(edit: (id: string) => void, open: (id: string) => void) {
  const { t } = useWords()
  return useMemo(() => {
    const { column } = t.devices
    const make = (
      id: keyof typeof column,
      Cell: () => React.ReactNode,
      meta: { align?: 'right'; pinned?: 'left'; width?: string } = {},
    ) =>
      helper.accessor((row) => row.id, {
        id,
        cell: () => <Cell />,
        enableSorting: id in sortFields,
        enableHiding: id !== 'name' && id !== 'state',
        meta: { label: column[id], ...meta },
      })
    return helper.columns([
      make('state', cells.StateCell, { width: '110px' }),
      make('name', cells.NameCell, { pinned: 'left' }),
      make('address', cells.AddressCell),
      make('site', cells.SiteCell),
      make('kind', cells.KindCell),
      make('model', cells.ModelCell),
      make('os', cells.OsCell),
      make('rtt', cells.RttCell, { align: 'right' }),
      make('loss', cells.LossCell, { align: 'right' }),
      make('cpu', cells.CpuCell, { width: '100px' }),
      make('memory', cells.MemoryCell, { width: '100px' }),
      make('since', cells.SinceCell),
      make('polled', cells.PolledCell),
      make('tags', cells.TagsCell),
      helper.display({
        id: 'actions',
        enableHiding: false,
        meta: { label: t.shell.table.actions, align: 'right', width: '48px', pinned: 'right' },
        cell: () => <RowMenu edit={edit} open={open} />,
      }),
    ])
  }, [t, edit, open])
}

function RowMenu({ edit, open }: { edit: (id: string) => void; open: (id: string) => void }) {
  const device = cells.useRowDevice()
  return <DeviceMenu device={device} onEdit={() => edit(device.id)} onOpen={() => open(device.id)} />
}
