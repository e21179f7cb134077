import { getRouteApi, Link, useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'

import { safeReturn } from '../app/search'
import { signInOptions } from '../app/sign-in'
import { useTitle } from '../app/title'
import type { SignInOptionsQuery } from '../gql/graphql'
import { Notice } from '../parts/notice'
import { useWords } from '../texts/language'
import { LoginCode } from './login-code'
import { type Credentials, LoginForm } from './login-form'
import { LoginFrame } from './login-frame'
import { OidcButton } from './login-oidc'

const route = getRouteApi('/login')

/** Sign-in: password, second factor where there is one, or the identity provider. */
export function LoginPage() {
  const { t } = useWords()
  const { expired, next } = route.useSearch()
  const { history } = useRouter()
  const options = useSignInOptions()
  const [pending, setPending] = useState<Credentials>()
  useTitle(pending ? t.login.code.title : t.login.title)
  const done = () => history.replace(safeReturn(next))
  if (pending) {
    return (
      <LoginFrame title={t.login.code.title}>
        <LoginCode credentials={pending} onBack={() => setPending(undefined)} onDone={done} />
      </LoginFrame>
    )
  }
  return (
    <LoginFrame below={options && <Accounts options={options} />} title={t.login.title}>
      {expired && (
        <Notice className="mb-4" icon="clock" tone="info">
          {t.login.expired}
        </Notice>
      )}
      <LoginForm onDone={done} onSecondFactor={setPending} />
      {options?.oidc && <OidcButton name={options.oidc.name} returnTo={safeReturn(next)} />}
    </LoginFrame>
  )
}

/** Undefined until the server has answered; without an answer the password form alone has to do. */
function useSignInOptions() {
  const [options, setOptions] = useState<SignInOptionsQuery['signInOptions']>()
  useEffect(() => {
    signInOptions().then(setOptions, () => undefined)
  }, [])
  return options
}

/** How somebody without an account gets one here. */
function Accounts({ options: { registration } }: { options: SignInOptionsQuery['signInOptions'] }) {
  const { t } = useWords()
  if (registration !== 'OPEN')
    return <p>{registration === 'INVITE' ? t.login.inviteOnly : t.login.noAccount}</p>
  return (
    <p>
      {t.login.newHere}{' '}
      <Link
        className="font-medium text-accent underline underline-offset-2"
        search={(before) => before}
        to="/register"
      >
        {t.login.register}
      </Link>
    </p>
  )
}
