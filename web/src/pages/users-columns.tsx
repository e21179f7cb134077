import { createColumnHelper } from '@tanstack/react-table'
import { type ReactNode, useMemo } from 'react'

import { Ago } from '../parts/clock'
import { cx } from '../parts/cx'
import { Icon } from '../parts/icon'
import { GrantBadge } from '../parts/permission'
import type { Features } from '../parts/table-features'
import { useWords } from '../texts/language'
import type { UserNode } from './users-list'

const helper = createColumnHelper<Features, UserNode>()

/** The columns of the list of users; fewer where the panel stands beside it. */
export function useUserColumns(open: (id: string) => void, narrow: boolean) {
  const { t } = useWords()
  return useMemo(() => {
    const { column } = t.users
    const make = (
      id: keyof typeof column,
      cell: (user: UserNode) => ReactNode,
      meta: { pinned?: 'left'; width?: string } = {},
    ) =>
      helper.accessor((row) => row.id, {
        id,
        enableSorting: false,
        cell: ({ row }) => cell(row.original),
        meta: { label: column[id], ...meta },
      })
    return helper.columns([
      make('name', (user) => <NameCell onOpen={open} user={user} />, { pinned: 'left' }),
      ...(narrow ? [] : [make('email', ({ kind, email }) => (kind === 'HUMAN' ? email : '–'))]),
      make('roles', (user) => <Grants user={user} />),
      make('factor', (user) => <FactorCell user={user} />),
      make('login', ({ lastLoginAt }) => (lastLoginAt ? <Ago at={lastLoginAt} /> : t.shell.states.never)),
    ])
  }, [t, open, narrow])
}

function NameCell({ user, onOpen }: { user: UserNode; onOpen: (id: string) => void }) {
  return (
    <span className="flex items-center gap-2">
      <Icon className="text-ink-mute" name={user.kind === 'HUMAN' ? 'user' : 'robot'} />
      <button
        className={cx(
          'min-h-6 max-w-64 truncate text-left font-medium hover:text-accent hover:underline',
          !user.active && 'text-ink-mute line-through',
        )}
        onClick={() => onOpen(user.id)}
        type="button"
      >
        {user.name}
      </button>
      <Inactive user={user} />
    </span>
  )
}

const Inactive = ({ user: { active } }: { user: UserNode }) => {
  const { t } = useWords()
  return active ? null : (
    <span className="rounded-full bg-unknown-soft px-2 py-px font-medium text-unknown-ink text-xs">
      {t.users.inactive}
    </span>
  )
}

const Grants = ({ user: { grants } }: { user: UserNode }) => (
  <span className="flex max-w-96 flex-wrap gap-1 py-1">
    {grants.map((grant) => (
      <GrantBadge grant={grant} key={grant.role} />
    ))}
  </span>
)

function FactorCell({ user: { kind, secondFactor } }: { user: UserNode }) {
  const { t } = useWords()
  if (kind === 'SERVICE') return '–'
  return (
    <span
      className={cx(
        'inline-flex items-center gap-1.5 align-middle',
        secondFactor ? 'text-up-ink' : 'text-ink-mute',
      )}
    >
      <Icon name={secondFactor ? 'shield' : 'minus'} size={15} />
      {secondFactor ? t.profile.factor.on : t.profile.factor.off}
    </span>
  )
}

/** The same on a phone. */
export function UserCard({ user, onOpen }: { user: UserNode; onOpen: (id: string) => void }) {
  const { t } = useWords()
  return (
    <li
      className="flex flex-col gap-1.5 border-line border-b px-4 py-3"
      data-email={user.email}
      data-testid="user-row"
    >
      <NameCell onOpen={onOpen} user={user} />
      {user.kind === 'HUMAN' && <span className="truncate text-ink-mute text-sm">{user.email}</span>}
      <Grants user={user} />
      <span className="flex gap-4 text-ink-mute text-sm">
        <FactorCell user={user} />
        <span className="num">
          {t.users.column.login}: {user.lastLoginAt ? <Ago at={user.lastLoginAt} /> : t.shell.states.never}
        </span>
      </span>
    </li>
  )
}
