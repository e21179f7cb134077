import { useState } from 'react'

import { type Problem, problemOf } from '../app/problem'
import { beginOidc } from '../app/sign-in'
import { Icon } from '../parts/icon'
import { useWords } from '../texts/language'
import { LoginProblem } from './login-parts'

/** Leaves for the identity provider, which sends the browser back to `/login/oidc`. */
export function OidcButton({ name, returnTo }: { name: string; returnTo: string }) {
  const { t, fill } = useWords()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const leave = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      location.assign(await beginOidc(returnTo))
    } catch (error) {
      setProblem(problemOf(error))
      setBusy(false)
    }
  }
  return (
    <div className="mt-4 flex flex-col gap-4">
      <p aria-hidden="true" className="flex items-center gap-3 text-ink-mute text-xs">
        <span className="h-px flex-1 bg-line" />
        {t.login.or}
        <span className="h-px flex-1 bg-line" />
      </p>
      <button
        className="flex h-10 items-center justify-center gap-2 rounded-[8px] border border-line-strong bg-surface font-medium hover:bg-hover disabled:opacity-60"
        data-testid="oidc-button"
        disabled={busy}
        onClick={() => void leave()}
        type="button"
      >
        <Icon name="key" />
        <span className="truncate">{fill(t.login.oidc, { name })}</span>
      </button>
      <LoginProblem problem={problem} />
    </div>
  )
}
