import { getRouteApi, Link } from '@tanstack/react-router'

import { type SearchChange, useListSearch } from '../app/list-search'
import { useDenied } from '../app/permission'
import { useTitle } from '../app/title'
import { Button } from '../parts/button'
import { cx } from '../parts/cx'
import { Menu, MenuItem } from '../parts/menu'
import { useWords } from '../texts/language'
import { InviteForm } from './invite-form'
import { InvitesTab } from './invites-tab'
import { RolesTab } from './roles-tab'
import { UserForm } from './user-form'
import { UsersList } from './users-list'
import { type UsersSearch, userTabs } from './users-search'

const route = getRouteApi('/inside/users')

export type UsersChange = SearchChange<UsersSearch>

/** Users, the invites that are out, and what each role may do. */
export function UsersPage() {
  const { t } = useWords()
  useTitle(t.users.title)
  const search = route.useSearch()
  const change = useListSearch<UsersSearch>('/users', 'user', ['form'])
  const tab = search.tab ?? 'users'
  const close = () => change({ form: undefined })
  return (
    <div className="flex flex-col gap-3 md:h-[calc(100dvh-52px-2rem)]">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="flex-1 font-semibold text-xl tracking-tight">{t.users.title}</h1>
        <AddButtons change={change} />
      </header>
      <nav aria-label={t.users.tabs.label} className="flex gap-4 border-line border-b">
        {userTabs.map((each) => (
          <Link
            aria-current={tab === each ? 'page' : undefined}
            className={cx(
              '-mb-px flex h-9 items-center border-b-2 px-0.5 text-sm',
              tab === each
                ? 'border-accent font-medium text-ink'
                : 'border-transparent text-ink-mute hover:text-ink',
            )}
            key={each}
            search={each === 'users' ? {} : { tab: each }}
            to="/users"
          >
            {t.users.tabs[each]}
          </Link>
        ))}
      </nav>
      {tab === 'users' && <UsersList change={change} search={search} />}
      {tab === 'invites' && <InvitesTab onInvite={() => change({ form: 'invite' })} />}
      {tab === 'roles' && <RolesTab />}
      {search.form === 'invite' && <InviteForm onClose={close} />}
      {(search.form === 'person' || search.form === 'program') && (
        <UserForm
          key={search.form}
          kind={search.form === 'person' ? 'HUMAN' : 'SERVICE'}
          onClose={close}
          onMade={(user) => change({ form: undefined, tab: undefined, user })}
        />
      )}
    </div>
  )
}

function AddButtons({ change }: { change: UsersChange }) {
  const { t } = useWords()
  const denied = useDenied('user.write')
  return (
    <span className="flex gap-2">
      <Menu
        trigger={
          <Button data-testid="add-user" icon="plus">
            {t.users.add}
          </Button>
        }
      >
        <MenuItem denied={denied} icon="user" onSelect={() => change({ form: 'person' })}>
          {t.users.addPerson}
        </MenuItem>
        <MenuItem denied={denied} icon="robot" onSelect={() => change({ form: 'program' })}>
          {t.users.addProgram}
        </MenuItem>
      </Menu>
      <Button
        data-testid="invite-user"
        denied={denied}
        icon="mail"
        kind="primary"
        onClick={() => change({ form: 'invite' })}
      >
        {t.users.invite}
      </Button>
    </span>
  )
}
