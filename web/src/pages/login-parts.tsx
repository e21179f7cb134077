import { useEffect, useState } from 'react'

import { type Problem, withoutPath } from '../app/problem'
import { problemText } from '../parts/feedback'
import { Notice } from '../parts/notice'
import { useWords } from '../texts/language'

/** Seconds left of a lock-out that the server named, counting down. */
export function useWait(problem: Problem | undefined): number {
  const [left, setLeft] = useState(0)
  useEffect(() => {
    const seconds = problem?.code === 'RATE_LIMITED' ? (problem.waitSeconds ?? 0) : 0
    setLeft(seconds)
    if (seconds === 0) return undefined
    const timer = setInterval(() => setLeft((before) => Math.max(0, before - 1)), 1000)
    return () => clearInterval(timer)
  }, [problem])
  return left
}

/** Why it did not work; of a lock-out, for how long it lasts. */
export function LoginProblem({ problem, wait = 0 }: { problem: Problem | undefined; wait?: number }) {
  const words = useWords()
  if (!problem) return null
  // The countdown is for the eyes; a screen reader hears how long it is when it begins.
  const text =
    wait > 0
      ? words.count(words.t.login.wait, wait)
      : problemText(words, { ...problem, message: withoutPath(problem) })
  return (
    <Notice icon="critical" testId="login-error" tone="bad">
      {wait > 0 ? (
        <>
          <span aria-hidden="true">{text}</span>
          <span className="sr-only">{words.count(words.t.login.wait, problem.waitSeconds ?? wait)}</span>
        </>
      ) : (
        text
      )}
    </Notice>
  )
}

/** The one button of a page without a session. */
export function SubmitButton({
  text,
  busy,
  disabled = false,
}: {
  text: string
  busy: boolean
  disabled?: boolean
}) {
  const { t } = useWords()
  return (
    <button
      className="h-10 rounded-[8px] bg-accent font-medium text-accent-ink transition hover:brightness-110 disabled:opacity-60"
      disabled={busy || disabled}
      type="submit"
    >
      {busy ? t.login.submitting : text}
    </button>
  )
}
