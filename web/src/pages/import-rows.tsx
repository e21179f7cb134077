import { createColumnHelper, useTable } from '@tanstack/react-table'
import { type ReactNode, useMemo } from 'react'

import { DataTable } from '../parts/data-table'
import { Icon, type IconName } from '../parts/icon'
import { type Features, features } from '../parts/table-features'
import { useWords } from '../texts/language'
import type { Rejection } from './import-csv'
import type { Imported } from './import-page'

type Accepted = Imported['accepted'][number]

const rejections = createColumnHelper<Features, Rejection>()
const acceptances = createColumnHelper<Features, Accepted>()
const right = { align: 'right', width: '80px' } as const
const actionIcon: Readonly<Record<Accepted['action'], IconName>> = {
  CREATE: 'plus',
  UPDATE: 'edit',
  KEEP: 'check',
}

/** Rows that were left out: where, why, and as they stand in the file. */
export function RejectedRows({ rows }: { rows: readonly Rejection[] }) {
  const { t } = useWords()
  const { column, rejected } = t.importing
  const columns = useMemo(
    () =>
      rejections.columns([
        rejections.accessor('line', { id: 'line', meta: { label: column.line, ...right } }),
        rejections.accessor('reason', {
          id: 'reason',
          meta: { label: column.reason },
          cell: ({ row }) => <span className="text-down-ink">{row.original.reason}</span>,
        }),
        rejections.accessor('row', {
          id: 'row',
          enableSorting: false,
          meta: { label: column.row },
          cell: ({ row }) => <code className="text-[13px] text-ink-soft">{row.original.row}</code>,
        }),
      ]),
    [column],
  )
  const table = useTable({
    features,
    columns,
    data: rows as Rejection[],
    getRowId: ({ line }) => String(line),
  })
  return (
    <DataTable
      Scope={Plain}
      attributes={() => ({ 'data-testid': 'rejected-row' })}
      caption={rejected}
      onOpen={nothing}
      table={table}
    />
  )
}

/** Rows that were taken, and what each does. */
export function AcceptedRows({ rows }: { rows: readonly Accepted[] }) {
  const { t } = useWords()
  const { column, action, accepted } = t.importing
  const columns = useMemo(
    () =>
      acceptances.columns([
        acceptances.accessor('line', { id: 'line', meta: { label: column.line, ...right } }),
        acceptances.accessor('action', {
          id: 'action',
          meta: { label: column.action, width: '150px' },
          cell: ({ row }) => (
            <span className="inline-flex items-center gap-1.5">
              <Icon name={actionIcon[row.original.action]} size={14} />
              {action[row.original.action]}
            </span>
          ),
        }),
        acceptances.accessor('name', { id: 'name', sortFn: 'alphanumeric', meta: { label: column.name } }),
        acceptances.accessor('address', {
          id: 'address',
          sortFn: 'alphanumeric',
          meta: { label: column.address },
          cell: ({ row }) => <span className="font-mono text-[13px]">{row.original.address}</span>,
        }),
      ]),
    [column, action],
  )
  const table = useTable({
    features,
    columns,
    data: rows as Accepted[],
    getRowId: ({ line }) => String(line),
  })
  return <DataTable Scope={Plain} caption={accepted} onOpen={nothing} table={table} />
}

const Plain = ({ children }: { children: ReactNode }) => children
const nothing = () => undefined
