import { useMutation } from '@apollo/client/react'
import { toast } from 'sonner'

import { agentName } from '../app/agent'
import { RevokeSessionDocument, type SessionListQuery } from '../gql/graphql'
import { Button } from '../parts/button'
import { Ago } from '../parts/clock'
import { Icon } from '../parts/icon'
import { useWords } from '../texts/language'
import { useFailureToast } from './device-actions'

type ListedSession = NonNullable<SessionListQuery['viewer']>['user']['sessions'][number]

/** Living sessions with where they come from; each can be ended. */
export function SessionsList({
  sessions,
  refetch,
  denied,
}: {
  sessions: readonly ListedSession[]
  /** The query that lists them. */
  refetch: string
  denied?: string | undefined
}) {
  const { t } = useWords()
  if (sessions.length === 0)
    return <p className="px-4 pb-4 text-ink-mute text-sm">{t.profile.sessions.none}</p>
  return (
    <ul className="border-line border-t">
      {sessions.map((session) => (
        <Row denied={denied} key={session.id} refetch={refetch} session={session} />
      ))}
    </ul>
  )
}

function Row({
  session,
  refetch,
  denied,
}: {
  session: ListedSession
  refetch: string
  denied: string | undefined
}) {
  const { t, fill } = useWords()
  const { sessions } = t.profile
  const fail = useFailureToast()
  const [revoke, { loading }] = useMutation(RevokeSessionDocument, {
    refetchQueries: [refetch],
    awaitRefetchQueries: true,
  })
  const { id, userAgent, ip, lastUsedAt, current } = session
  const name = userAgent ? agentName(userAgent) : t.shell.states.unknown
  return (
    <li
      className="flex items-center gap-3 border-line border-b px-4 py-2.5 last:border-b-0"
      data-testid="session-row"
    >
      <Icon className="text-ink-mute" name="monitor" size={18} />
      <span className="min-w-0 flex-1">
        <span
          className="flex flex-wrap items-center gap-2 font-medium text-sm"
          title={userAgent ?? undefined}
        >
          {name}
          {current && (
            <span className="rounded-full bg-up-soft px-2 py-px font-medium text-up-ink text-xs">
              {sessions.current}
            </span>
          )}
        </span>
        <span className="num block truncate text-[13px] text-ink-mute">
          {ip ?? t.shell.states.unknown} · {sessions.used} <Ago at={lastUsedAt} />
        </span>
      </span>
      {!current && (
        <Button
          aria-label={fill(sessions.endNamed, { name })}
          small
          denied={denied}
          disabled={loading}
          onClick={() =>
            void revoke({ variables: { id } }).then(() => void toast.success(sessions.ended), fail)
          }
        >
          {sessions.end}
        </Button>
      )}
    </li>
  )
}
