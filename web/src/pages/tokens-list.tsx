import { useMutation, useQuery } from '@apollo/client/react'
import { useState } from 'react'

import { loaded } from '../app/loaded'
import { ApiTokenListDocument, type ApiTokenListQuery, RevokeApiTokenDocument } from '../gql/graphql'
import { Button } from '../parts/button'
import { Ago } from '../parts/clock'
import { ConfirmDialog } from '../parts/confirm-dialog'
import { cx } from '../parts/cx'
import { ProblemNote, Skeleton } from '../parts/feedback'
import { Icon } from '../parts/icon'
import { useWords } from '../texts/language'

type ListedToken = ApiTokenListQuery['apiTokens'][number]

/** API tokens of somebody, of oneself without `userId`: the living ones first, those that ended for a while. */
export function TokensList({ userId, denied }: { userId?: string; denied: string | undefined }) {
  const { t } = useWords()
  const query = useQuery(ApiTokenListDocument, { variables: { userId: userId ?? null } })
  const { data, error, first } = loaded(query)
  const [ending, setEnding] = useState<ListedToken>()
  const tokens = (data?.apiTokens ?? []).toSorted((a, b) => Number(b.active) - Number(a.active))
  return (
    <>
      {error !== undefined && (
        <ProblemNote
          className="mx-4 mb-3"
          error={error}
          keeps={data !== undefined}
          onRetry={() => void query.refetch()}
        />
      )}
      {first && <Skeleton className="mx-4 mb-4 h-16" />}
      {data && tokens.length === 0 && (
        <p className="px-4 pb-4 text-ink-mute text-sm">{t.profile.tokens.none}</p>
      )}
      {tokens.length > 0 && (
        <ul className="border-line border-t">
          {tokens.map((token) => (
            <Row denied={denied} key={token.id} onEnd={() => setEnding(token)} token={token} />
          ))}
        </ul>
      )}
      {ending && <EndToken onClose={() => setEnding(undefined)} token={ending} />}
    </>
  )
}

function Row({
  token,
  denied,
  onEnd,
}: {
  token: ListedToken
  denied: string | undefined
  onEnd: () => void
}) {
  const { t, fill, format } = useWords()
  const { tokens } = t.profile
  const { name, prefix, scopes, expiresAt, lastUsedAt, revokedAt, active } = token
  const end = revokedAt
    ? tokens.revoked
    : !active
      ? tokens.expired
      : expiresAt
        ? fill(tokens.until, { date: format.full(Date.parse(expiresAt)) })
        : tokens.forever
  return (
    <li
      className="flex items-start gap-3 border-line border-b px-4 py-2.5 last:border-b-0"
      data-testid="token-row"
    >
      <Icon className="mt-0.5 text-ink-mute" name="key" size={18} />
      <span className="min-w-0 flex-1">
        <span
          className={cx('block break-words font-medium text-sm', !active && 'text-ink-mute line-through')}
        >
          {name}
        </span>
        <span className="num block text-[13px] text-ink-mute">
          <code className="font-mono">{prefix}…</code> · {end} · {tokens.used}{' '}
          {lastUsedAt ? <Ago at={lastUsedAt} /> : t.shell.states.never}
        </span>
        <span className="mt-0.5 block break-words font-mono text-[12px] text-ink-mute">
          {scopes.join(', ')}
        </span>
      </span>
      {active && (
        <Button aria-label={fill(tokens.revokeNamed, { name })} small denied={denied} onClick={onEnd}>
          {tokens.revoke}
        </Button>
      )}
    </li>
  )
}

function EndToken({ token, onClose }: { token: ListedToken; onClose: () => void }) {
  const { t, fill } = useWords()
  const { tokens } = t.profile
  const [revoke, { loading, error }] = useMutation(RevokeApiTokenDocument)
  return (
    <ConfirmDialog
      act={() => revoke({ variables: { id: token.id } })}
      busy={loading}
      done={tokens.ended}
      error={error}
      icon="trash"
      onClose={onClose}
      submit={tokens.revoke}
      text={tokens.revokeHint}
      title={fill(tokens.revokeNamed, { name: token.name })}
    />
  )
}
