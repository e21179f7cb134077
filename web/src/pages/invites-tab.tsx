import { skipToken, useMutation, useQuery } from '@apollo/client/react'
import { toast } from 'sonner'

import { loaded } from '../app/loaded'
import { useDenied, useMay } from '../app/permission'
import { InviteListDocument, type InviteListQuery, RevokeInviteDocument } from '../gql/graphql'
import { Button } from '../parts/button'
import { Ago } from '../parts/clock'
import { cx } from '../parts/cx'
import { Empty, ProblemNote, RefetchBar, Skeleton } from '../parts/feedback'
import { Icon } from '../parts/icon'
import { GrantBadge } from '../parts/permission'
import { useWords } from '../texts/language'
import { useFailureToast } from './device-actions'

type ListedInvite = InviteListQuery['invites'][number]

/** Invites: those that are out, and what became of the others. */
export function InvitesTab({ onInvite }: { onInvite: () => void }) {
  const { t } = useWords()
  const { invites } = t.users
  const denied = useDenied('user.write')
  const may = useMay('user.write')
  const query = useQuery(InviteListDocument, may ? {} : skipToken)
  const { data, error, first, refreshing } = loaded(query)
  const list = (data?.invites ?? []).toSorted((a, b) => Number(b.open) - Number(a.open))
  if (!may) return <Empty icon="lock" title={denied ?? ''} />
  return (
    <section aria-label={t.users.tabs.invites} className="card relative min-h-0 overflow-y-auto">
      <RefetchBar active={refreshing} />
      {error !== undefined && (
        <ProblemNote
          className="m-3"
          error={error}
          keeps={data !== undefined}
          onRetry={() => void query.refetch()}
        />
      )}
      {first && <Skeleton className="m-4 h-24" />}
      {data && list.length === 0 && (
        <Empty hint={invites.noneHint} icon="mail" title={invites.none}>
          <Button denied={denied} icon="mail" kind="primary" onClick={onInvite}>
            {t.users.invite}
          </Button>
        </Empty>
      )}
      <ul>
        {list.map((invite) => (
          <Row invite={invite} key={invite.id} />
        ))}
      </ul>
    </section>
  )
}

function Row({ invite }: { invite: ListedInvite }) {
  const { t, fill, format } = useWords()
  const { invites } = t.users
  const fail = useFailureToast()
  const denied = useDenied('user.write')
  const [revoke, { loading }] = useMutation(RevokeInviteDocument)
  const { id, email, grants, createdAt, createdBy, expiresAt, acceptedAt, revokedAt, open } = invite
  const state = acceptedAt
    ? invites.accepted
    : revokedAt
      ? invites.revoked
      : open
        ? fill(invites.goodUntil, { date: format.full(Date.parse(expiresAt)) })
        : invites.expired
  return (
    <li
      className="flex flex-wrap items-center gap-x-4 gap-y-1.5 border-line border-b px-4 py-2.5 last:border-b-0"
      data-email={email}
      data-testid="invite-row"
    >
      <Icon className="text-ink-mute" name="mail" size={18} />
      <span className="min-w-0 flex-1 basis-60">
        <span className={cx('block break-words font-medium', !open && 'text-ink-mute')}>{email}</span>
        <span className="num block text-[13px] text-ink-mute">
          {state} · <Ago at={createdAt} />
          {createdBy && ` · ${createdBy.name}`}
        </span>
      </span>
      <span className="flex flex-wrap gap-1">
        {grants.map((grant) => (
          <GrantBadge grant={grant} key={grant.role} />
        ))}
      </span>
      {open && (
        <Button
          aria-label={fill(invites.revokeNamed, { email })}
          small
          denied={denied}
          disabled={loading}
          onClick={() =>
            void revoke({ variables: { id } }).then(() => void toast.success(invites.withdrawn), fail)
          }
        >
          {invites.revoke}
        </Button>
      )}
    </li>
  )
}
