import { defined, oneOf, type RawSearch, textOf } from '../app/search'
import type { Role, UserFilter, UserKind } from '../gql/graphql'
import { roles } from '../parts/permission'

export const userKinds = ['HUMAN', 'SERVICE'] as const satisfies UserKind[]
/** What the page shows; without one: the users. */
export const userTabs = ['users', 'invites', 'roles'] as const
export type UserTab = (typeof userTabs)[number]

export interface UsersSearch {
  tab?: UserTab
  q?: string
  role?: Role
  kind?: UserKind
  /** `no`: only deactivated users; `all`: those, too. Without it: only active ones. */
  active?: 'no' | 'all'
  after?: string
  start?: number
  /** The user in the side panel. */
  user?: string
  form?: 'person' | 'program' | 'invite'
}

/** What the URL of the page of users holds; whatever does not fit is left out. */
export function usersSearch(raw: RawSearch): UsersSearch {
  const start = Number(raw['start'])
  const tab = oneOf(userTabs, raw['tab'])
  return defined({
    tab: tab === 'users' ? undefined : tab,
    q: textOf(raw['q']),
    role: oneOf(roles, raw['role']),
    kind: oneOf(userKinds, raw['kind']),
    active: oneOf(['no', 'all'] as const, raw['active']),
    after: textOf(raw['after'], 1_000),
    start: raw['after'] && Number.isInteger(start) && start > 0 ? start : undefined,
    user: textOf(raw['user'], 100),
    form: oneOf(['person', 'program', 'invite'] as const, raw['form']),
  })
}

/** The same as the graph's filter. */
export const userFilter = ({ q, role, kind, active }: UsersSearch): UserFilter => ({
  ...(q && { search: q }),
  ...(role && { role }),
  ...(kind && { kind }),
  ...(active !== 'all' && { active: active !== 'no' }),
})

/** A URL without any filter. */
export const noFilter = { q: undefined, role: undefined, kind: undefined, active: undefined } as const

/** Whether anything narrows the list. */
export const isFiltered = ({ q, role, kind, active }: UsersSearch): boolean =>
  Boolean(q || role || kind || active)
