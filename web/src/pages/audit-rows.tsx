import { createColumnHelper, useTable } from '@tanstack/react-table'
import { type ReactNode, useMemo } from 'react'

import type { AuditListQuery, AuditOutcome } from '../gql/graphql'
import { cx } from '../parts/cx'
import { DataTable } from '../parts/data-table'
import { Icon, type IconName } from '../parts/icon'
import { useWide } from '../parts/media'
import { type Features, features } from '../parts/table-features'
import { useWords } from '../texts/language'

export type AuditNode = AuditListQuery['auditLog']['nodes'][number]

const helper = createColumnHelper<Features, AuditNode>()
const PlainRow = ({ children }: { children: ReactNode }) => children

interface AuditRowsProps {
  nodes: AuditNode[]
  chosen: string | undefined
  onOpen: (id: string) => void
}

/** Audit events as a table; as cards on a phone. J and K move, Enter opens. */
export function AuditRows({ nodes, chosen, onOpen }: AuditRowsProps) {
  const { t } = useWords()
  const columns = useColumns(onOpen, chosen !== undefined)
  const table = useTable({ features, columns, data: nodes, getRowId: ({ id }) => id, manualSorting: true })
  if (!useWide()) {
    return (
      <ul>
        {nodes.map((node) => (
          <EventCard key={node.id} node={node} onOpen={onOpen} />
        ))}
      </ul>
    )
  }
  return (
    <DataTable
      Scope={PlainRow}
      attributes={({ action, outcome }) => ({
        'data-testid': 'audit-row',
        'data-action': action,
        'data-outcome': outcome,
      })}
      caption={t.audit.title}
      onOpen={({ id }) => onOpen(id)}
      opensOnClick
      selectedId={chosen}
      table={table}
    />
  )
}

/** Fewer columns where the panel stands beside the table. */
function useColumns(open: (id: string) => void, narrow: boolean) {
  const { t, format } = useWords()
  return useMemo(() => {
    const { column } = t.audit
    const make = (
      id: keyof typeof column,
      cell: (node: AuditNode) => ReactNode,
      meta: { width?: string } = {},
    ) =>
      helper.accessor((row) => row.id, {
        id,
        enableSorting: false,
        cell: ({ row }) => cell(row.original),
        meta: { label: column[id], ...meta },
      })
    return helper.columns([
      make('at', ({ at }) => <time dateTime={at}>{format.full(Date.parse(at))}</time>, { width: '170px' }),
      make('outcome', ({ outcome }) => <OutcomeBadge outcome={outcome} />, { width: '110px' }),
      make('actor', (node) => <ActorText node={node} />),
      make('action', (node) => <ActionButton node={node} onOpen={open} />),
      make('target', (node) => <TargetText node={node} />),
      ...(narrow
        ? []
        : [
            make('reason', ({ reason }) => (
              <span className="block max-w-44 truncate text-ink-mute" title={reason ?? undefined}>
                {reason ?? '–'}
              </span>
            )),
            make('ip', ({ ip }) => <span className="num text-ink-mute">{ip ?? '–'}</span>),
          ]),
    ])
  }, [t, format, open, narrow])
}

/** The name alone; the panel has the address, too. */
const ActorText = ({ node: { actor } }: { node: AuditNode }) => (
  <span className="block max-w-44 truncate" title={actor.label}>
    {actor.user?.name ?? actor.label}
  </span>
)

const ActionButton = ({ node, onOpen }: { node: AuditNode; onOpen: (id: string) => void }) => (
  <button
    className="min-h-6 text-left font-medium font-mono text-[13px] hover:text-accent hover:underline"
    onClick={() => onOpen(node.id)}
    type="button"
  >
    {node.action}
  </button>
)

function TargetText({ node: { target } }: { node: AuditNode }) {
  if (!target) return <span className="text-ink-mute">–</span>
  return (
    <span className="block max-w-64 truncate" title={target.label}>
      <span className="text-ink-mute">{target.type}</span> {target.label}
    </span>
  )
}

const looks: Readonly<Record<AuditOutcome, { icon: IconName; soft: string }>> = {
  ALLOWED: { icon: 'check', soft: 'bg-up-soft text-up-ink' },
  DENIED: { icon: 'lock', soft: 'bg-down-soft text-down-ink' },
  FAILED: { icon: 'warning', soft: 'bg-degraded-soft text-degraded-ink' },
}

/** How an act ended. */
export function OutcomeBadge({ outcome }: { outcome: AuditOutcome }) {
  const { t } = useWords()
  const { icon, soft } = looks[outcome]
  return (
    <span
      className={cx(
        'inline-flex h-6 items-center gap-1 whitespace-nowrap rounded-full pr-2 pl-1.5 font-medium text-[13px]',
        soft,
      )}
    >
      <Icon name={icon} size={14} />
      {t.audit.outcome[outcome]}
    </span>
  )
}

/** The same on a phone. */
function EventCard({ node, onOpen }: { node: AuditNode; onOpen: (id: string) => void }) {
  const { format } = useWords()
  return (
    <li
      className="flex flex-col gap-1 border-line border-b px-4 py-2.5"
      data-action={node.action}
      data-outcome={node.outcome}
      data-testid="audit-row"
    >
      <span className="flex items-center justify-between gap-3">
        <ActionButton node={node} onOpen={onOpen} />
        <OutcomeBadge outcome={node.outcome} />
      </span>
      <span className="text-sm">
        <TargetText node={node} />
      </span>
      <span className="num truncate text-[13px] text-ink-mute">
        {format.full(Date.parse(node.at))} · {node.actor.user?.name ?? node.actor.label}
      </span>
    </li>
  )
}
