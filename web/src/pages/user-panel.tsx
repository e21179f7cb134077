import { useQuery } from '@apollo/client/react'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'

import { useDenied, useMay } from '../app/permission'
import { UserDetailDocument, type UserDetailQuery } from '../gql/graphql'
import { Button } from '../parts/button'
import { Ago } from '../parts/clock'
import { DetailPanel } from '../parts/detail-panel'
import { Fact, Facts } from '../parts/facts'
import { Icon } from '../parts/icon'
import { GrantBadge } from '../parts/permission'
import { useWords } from '../texts/language'
import { GrantsForm } from './grants-form'
import { SessionsList } from './sessions-list'
import { UserActions } from './user-actions'
import { UserMayTable } from './user-may-table'
import { UserTokens } from './user-tokens'

export type UserInPanel = NonNullable<UserDetailQuery['user']>

/** One user: who they are, what they may do and where, and what an administrator can do about it. */
export function UserPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useWords()
  const query = useQuery(UserDetailDocument, { variables: { id } })
  return (
    <DetailPanel
      broad
      missing={t.users.panel.missing}
      of={({ user }) => user}
      onClose={onClose}
      query={query}
      testId="user-panel"
      title={t.users.panel.title}
    >
      {(user) => <Content user={user} />}
    </DetailPanel>
  )
}

function Content({ user }: { user: UserInPanel }) {
  const { t, format } = useWords()
  const { panel } = t.users
  const denied = useDenied('user.write')
  const mayAudit = useMay('audit.read')
  const [editing, setEditing] = useState(false)
  const person = user.kind === 'HUMAN'
  return (
    <div className="flex flex-col gap-6 p-4">
      <div>
        <div className="flex items-start gap-2">
          <Icon className="mt-1 text-ink-mute" name={person ? 'user' : 'robot'} size={20} />
          <div className="min-w-0 flex-1">
            <p className="break-words font-semibold text-lg leading-snug">{user.name}</p>
            <p className="break-words text-ink-mute text-sm">
              {person ? user.email : t.users.kind.SERVICE}
              {!user.active && ` · ${t.users.inactive}`}
            </p>
          </div>
          <UserActions user={user} />
        </div>
        <Facts className="mt-3">
          <Fact name={panel.created}>{format.full(Date.parse(user.createdAt))}</Fact>
          {person && (
            <>
              <Fact name={t.users.column.login}>
                {user.lastLoginAt ? <Ago at={user.lastLoginAt} /> : t.shell.states.never}
              </Fact>
              <Fact name={t.users.column.factor}>
                {user.secondFactor ? t.profile.factor.on : t.profile.factor.off}
              </Fact>
            </>
          )}
        </Facts>
        {mayAudit && (
          <Link
            className="mt-2 inline-flex min-h-6 items-center gap-1.5 text-accent text-sm hover:underline"
            search={{ actor: user.id }}
            to="/audit"
          >
            <Icon name="audit" size={14} />
            {panel.deeds}
          </Link>
        )}
      </div>
      <section>
        <Head
          aside={
            <Button small denied={denied} icon="edit" onClick={() => setEditing(true)}>
              {panel.editGrants}
            </Button>
          }
          title={panel.grants}
        />
        <span className="flex flex-wrap gap-1.5">
          {user.grants.map((grant) => (
            <GrantBadge grant={grant} key={grant.role} />
          ))}
        </span>
      </section>
      <section>
        <Head title={panel.may} />
        <UserMayTable grants={user.grants} />
      </section>
      {person ? (
        <section>
          <Head title={t.profile.sessions.title} />
          <div className="-mx-4">
            <SessionsList denied={denied} refetch="UserDetail" sessions={user.sessions} />
          </div>
        </section>
      ) : null}
      <UserTokens user={user} />
      {editing && <GrantsForm onClose={() => setEditing(false)} user={user} />}
    </div>
  )
}

const Head = ({ title, aside }: { title: string; aside?: ReactNode }) => (
  <div className="mb-2 flex min-h-7 items-center gap-2">
    <h3 className="flex-1 font-semibold text-sm">{title}</h3>
    {aside}
  </div>
)
