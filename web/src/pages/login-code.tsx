import { type FormEvent, useState } from 'react'

import { type Problem, problemOf } from '../app/problem'
import { signIn } from '../app/sign-in'
import { CodeInput } from '../parts/code-input'
import { useWords } from '../texts/language'
import type { Credentials } from './login-form'
import { LoginProblem, SubmitButton, useWait } from './login-parts'

const codeDigits = 6

/** The second factor: a code of the authenticator app, or one of the recovery codes. */
export function LoginCode({
  credentials,
  onDone,
  onBack,
}: {
  credentials: Credentials
  onDone: () => void
  onBack: () => void
}) {
  const { t } = useWords()
  const { code: words } = t.login
  const [recovery, setRecovery] = useState(false)
  const [code, setCode] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const wait = useWait(problem)
  const send = async (entered: string) => {
    if (busy || wait > 0 || !entered) return
    setBusy(true)
    setProblem(undefined)
    try {
      await signIn({ ...credentials, code: entered })
      onDone()
    } catch (error) {
      const told = problemOf(error)
      const ofCode = told.code === 'INVALID_CREDENTIALS' && told.field === 'input.code'
      setProblem(ofCode ? { ...told, code: 'CODE', message: words.wrong } : told)
      setCode('')
      setBusy(false)
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void send(code)
  }
  const link = 'min-h-6 text-accent text-sm underline-offset-2 hover:underline'
  return (
    <form className="flex flex-col gap-4" data-testid="code-form" noValidate onSubmit={submit}>
      <p className="text-ink-soft text-sm">{recovery ? words.recoveryHint : words.hint}</p>
      <CodeInput
        // The step has one field, and it was reached by a key or click just now.
        autoFocus
        digits={!recovery}
        key={String(recovery)}
        label={recovery ? words.recoveryLabel : words.label}
        onCode={(next) => {
          setCode(next)
          // A code from an authenticator is complete with its sixth digit: nothing is left to confirm.
          if (!recovery && /^\d+$/.test(next) && next.length === codeDigits && next !== code) void send(next)
        }}
        value={code}
      />
      <LoginProblem problem={problem} wait={wait} />
      <SubmitButton busy={busy} disabled={wait > 0 || !code} text={t.login.submit} />
      <div className="flex flex-wrap justify-between gap-x-4 gap-y-1">
        <button
          className={link}
          onClick={() => {
            setRecovery(!recovery)
            setCode('')
            setProblem(undefined)
          }}
          type="button"
        >
          {recovery ? words.useApp : words.useRecovery}
        </button>
        <button className={link} onClick={onBack} type="button">
          {words.back}
        </button>
      </div>
    </form>
  )
}
