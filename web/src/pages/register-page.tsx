import { getRouteApi, Link, useRouter } from '@tanstack/react-router'

import { safeReturn } from '../app/search'
import { register } from '../app/sign-in'
import { useTitle } from '../app/title'
import { useWords } from '../texts/language'
import { AccountForm } from './account-form'
import { LoginFrame } from './login-frame'

const route = getRouteApi('/register')

/** Makes an account for oneself, where this installation lets anybody. */
export function RegisterPage() {
  const { t } = useWords()
  const { account } = t.login
  useTitle(account.registerTitle)
  const { next } = route.useSearch()
  const { history } = useRouter()
  return (
    <LoginFrame
      below={
        <p>
          {account.have}{' '}
          <Link
            className="font-medium text-accent underline underline-offset-2"
            search={(before) => before}
            to="/login"
          >
            {t.login.title}
          </Link>
        </p>
      }
      title={account.registerTitle}
    >
      <p className="mb-4 text-ink-soft text-sm">{account.registerHint}</p>
      <AccountForm
        onSubmit={async (values) => {
          await register(values)
          history.replace(safeReturn(next))
        }}
        submit={account.registerSubmit}
      />
    </LoginFrame>
  )
}
