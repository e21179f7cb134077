import { getRouteApi, Link, useRouter } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'

import { type Problem, problemOf } from '../app/problem'
import { safeReturn } from '../app/search'
import { completeOidc } from '../app/sign-in'
import { useTitle } from '../app/title'
import { Skeleton } from '../parts/feedback'
import { useWords } from '../texts/language'
import { LoginFrame } from './login-frame'
import { LoginProblem } from './login-parts'
import type { OidcSearch } from './login-search'

const route = getRouteApi('/login/oidc')

/** Where the identity provider sends the browser back to: ends the sign-in, or says why it failed. */
export function OidcPage() {
  const { t } = useWords()
  useTitle(t.login.title)
  const search = route.useSearch()
  const { history } = useRouter()
  const [problem, setProblem] = useState<Problem>()
  const begun = useRef(false)
  useEffect(() => {
    // The code is good for one use, and React may run an effect twice.
    if (begun.current) return
    begun.current = true
    finish(search).then(
      (returnTo) => history.replace(safeReturn(returnTo)),
      (error) => setProblem(problemOf(error)),
    )
  }, [search, history])
  const refused = useRefusal(search)
  if (!refused && !problem) {
    return (
      <LoginFrame title={t.login.oidcPage.working}>
        <p className="sr-only" role="status">
          {t.login.oidcPage.working}
        </p>
        <Skeleton className="h-10 w-full" />
      </LoginFrame>
    )
  }
  return (
    <LoginFrame title={t.login.oidcPage.failed}>
      <div className="flex flex-col gap-4" data-testid="oidc-failed">
        <LoginProblem problem={refused ?? problem} />
        <p className="text-ink-soft text-sm">{t.login.oidcPage.hint}</p>
        <Link
          className="flex h-10 items-center justify-center rounded-[8px] bg-accent font-medium text-accent-ink hover:brightness-110"
          to="/login"
        >
          {t.login.oidcPage.back}
        </Link>
      </div>
    </LoginFrame>
  )
}

/** Never settles where there is nothing to finish: the page then shows the refusal it was opened with. */
async function finish({ code, state, iss }: OidcSearch): Promise<string> {
  if (!code || !state) return new Promise(() => undefined)
  return completeOidc({ code, state, ...(iss && { issuer: iss }) })
}

/** What the provider said instead of giving a code (RFC 6749 section 4.1.2.1); undefined when it gave one. */
function useRefusal({ code, state, error, error_description: said }: OidcSearch): Problem | undefined {
  const { t } = useWords()
  const { oidcPage } = t.login
  if (error === 'access_denied') return { code: 'OIDC', message: oidcPage.denied }
  if (error) return { code: 'OIDC', message: `${oidcPage.refused} ${error}${said ? `: ${said}` : ''}` }
  return code && state ? undefined : { code: 'OIDC', message: oidcPage.incomplete }
}
