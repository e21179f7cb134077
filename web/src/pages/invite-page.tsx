import { Link, useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'

import { type Problem, problemOf } from '../app/problem'
import { signOut, useViewer } from '../app/session'
import { acceptInvite, previewInvite } from '../app/sign-in'
import { useTitle } from '../app/title'
import type { InvitePreviewQuery } from '../gql/graphql'
import { Button } from '../parts/button'
import { Skeleton } from '../parts/feedback'
import { useWords } from '../texts/language'
import { AccountForm } from './account-form'
import { LoginFrame } from './login-frame'
import { LoginProblem } from './login-parts'

type Preview = InvitePreviewQuery['invite']

/**
 * Makes the account that an invite is for. The secret stands behind the `#` of the link, which browsers keep to
 * themselves: it reaches neither a server's log nor a proxy's.
 */
export function InvitePage() {
  const { t } = useWords()
  const { account } = t.login
  useTitle(account.inviteTitle)
  const secret = useSecret()
  const { preview, problem } = usePreview(secret)
  const viewer = useViewer()
  if (problem) {
    return (
      <LoginFrame title={account.inviteTitle}>
        <LoginProblem problem={problem} />
      </LoginFrame>
    )
  }
  if (preview === undefined) {
    return (
      <LoginFrame title={account.inviteTitle}>
        <Skeleton className="h-40 w-full" />
      </LoginFrame>
    )
  }
  if (preview === null) return <Dead />
  return (
    <LoginFrame title={account.inviteTitle}>
      {viewer ? <SignedIn name={viewer.user.name} /> : <Accept preview={preview} secret={secret} />}
    </LoginFrame>
  )
}

function Accept({ preview, secret }: { preview: NonNullable<Preview>; secret: string }) {
  const { t, fill, format } = useWords()
  const { account } = t.login
  const { history } = useRouter()
  return (
    <>
      <p className="mb-4 text-ink-soft text-sm">
        {fill(account.inviteHint, { until: format.full(Date.parse(preview.expiresAt)) })}
      </p>
      <AccountForm
        email={preview.email}
        onSubmit={async ({ name, password }) => {
          await acceptInvite({ secret, name, password })
          history.replace('/')
        }}
        submit={account.inviteSubmit}
      />
    </>
  )
}

/** Somebody else's session is open in this browser: one person, one account. */
function SignedIn({ name }: { name: string }) {
  const { t, fill } = useWords()
  return (
    <div className="flex flex-col gap-4">
      <p className="text-ink-soft text-sm">{fill(t.login.account.signedIn, { name })}</p>
      <Button icon="logout" kind="primary" onClick={() => void signOut()}>
        {t.shell.user.logout}
      </Button>
    </div>
  )
}

function Dead() {
  const { t } = useWords()
  const { account } = t.login
  return (
    <LoginFrame title={account.deadTitle}>
      <div className="flex flex-col gap-4" data-testid="invite-dead">
        <p className="text-ink-soft text-sm">{account.deadHint}</p>
        <Link className="font-medium text-accent underline underline-offset-2" to="/login">
          {t.login.title}
        </Link>
      </div>
    </LoginFrame>
  )
}

/** What stands behind the `#`; another invite may be opened in the same tab. */
function useSecret(): string {
  const read = () => decodeURIComponent(location.hash.slice(1))
  const [secret, setSecret] = useState(read)
  useEffect(() => {
    const listener = () => setSecret(read())
    addEventListener('hashchange', listener)
    return () => removeEventListener('hashchange', listener)
  })
  return secret
}

function usePreview(secret: string): { preview: Preview | undefined; problem: Problem | undefined } {
  const [state, setState] = useState<{ preview?: Preview; problem?: Problem }>({})
  useEffect(() => {
    if (!secret) return setState({ preview: null })
    previewInvite(secret).then(
      (preview) => setState({ preview }),
      (error) => setState({ problem: problemOf(error) }),
    )
    return undefined
  }, [secret])
  return { preview: state.preview, problem: state.problem }
}
