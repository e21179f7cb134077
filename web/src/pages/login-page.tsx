import { getRouteApi, useRouter } from '@tanstack/react-router'
import { type KeyboardEvent, useEffect, useState } from 'react'
import { useForm } from 'react-hook-form'

import { Logo } from '../app/logo'
import { changePreferences, type Theme, usePreferences } from '../app/preferences'
import { type Problem, problemOf } from '../app/problem'
import { safeReturn } from '../app/search'
import { signIn } from '../app/session'
import { applyLooks } from '../app/theme'
import { useTitle } from '../app/title'
import { cx } from '../parts/cx'
import { problemText } from '../parts/feedback'
import { Field, Input } from '../parts/field'
import { Icon, type IconName } from '../parts/icon'
import { type Language, languages, setLanguage, useWords } from '../texts/language'

const route = getRouteApi('/login')

/** Sign-in: the only page that shows without a session. */
export function LoginPage() {
  const { t } = useWords()
  useTitle(t.login.title)
  const { expired } = route.useSearch()
  return (
    <div className="relative flex min-h-dvh flex-col items-center justify-center overflow-hidden px-4 py-10">
      <Backdrop />
      <main className="relative w-full max-w-[380px]">
        <div className="mb-6 flex flex-col items-center text-center">
          <Logo size={44} />
          <p className="mt-3 font-semibold text-xl tracking-tight">{t.shell.product}</p>
          <p className="text-ink-mute text-sm">{t.shell.tagline}</p>
        </div>
        <div className="card p-6 shadow-pop">
          <h1 className="mb-4 font-semibold text-lg">{t.login.title}</h1>
          {expired && (
            <p
              className="mb-4 flex gap-2 rounded-lg bg-info-soft px-3 py-2 text-info-ink text-sm"
              role="status"
            >
              <Icon className="mt-0.5" name="clock" />
              {t.login.expired}
            </p>
          )}
          <LoginForm />
        </div>
        <p className="mt-4 text-balance text-center text-ink-mute text-sm">{t.login.noAccount}</p>
      </main>
      <Looks />
    </div>
  )
}

interface Values {
  email: string
  password: string
}

function LoginForm() {
  const words = useWords()
  const { t } = words
  const { next } = route.useSearch()
  const { history } = useRouter()
  const [problem, setProblem] = useState<Problem>()
  const wait = useWait(problem)
  const { register, handleSubmit, formState, setFocus } = useForm<Values>({ mode: 'onSubmit' })
  const { errors, isSubmitting } = formState
  const submit = handleSubmit(async ({ email, password }) => {
    setProblem(undefined)
    try {
      await signIn(email.trim(), password)
      history.replace(safeReturn(next))
    } catch (error) {
      setProblem(problemOf(error))
      setFocus('password', { shouldSelect: true })
    }
  })
  const message = problem && (wait > 0 ? words.count(t.login.wait, wait) : problemText(words, problem))

  return (
    <form className="flex flex-col gap-4" data-testid="login-form" noValidate onSubmit={submit}>
      <Field error={errors.email?.message} label={t.login.email}>
        {(attributes) => (
          <Input
            {...attributes}
            {...register('email', { required: t.login.emailMissing })}
            autoCapitalize="none"
            autoComplete="username"
            // The page has one purpose, and this is its first step.
            autoFocus
            inputMode="email"
            spellCheck={false}
            type="email"
          />
        )}
      </Field>
      <PasswordField
        error={errors.password?.message}
        field={register('password', { required: t.login.passwordMissing })}
      />
      {message && (
        <p
          className="flex gap-2 rounded-lg bg-down-soft px-3 py-2 text-down-ink text-sm"
          data-testid="login-error"
          role="alert"
        >
          <Icon className="mt-0.5" name="critical" />
          {message}
        </p>
      )}
      <button
        className="h-10 rounded-[8px] bg-accent font-medium text-accent-ink transition hover:brightness-110 disabled:opacity-60"
        disabled={isSubmitting || wait > 0}
        type="submit"
      >
        {isSubmitting ? t.login.submitting : t.login.submit}
      </button>
    </form>
  )
}

/** Seconds left of a lock-out that the server named, counting down. */
function useWait(problem: Problem | undefined): number {
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

function PasswordField({
  error,
  field,
}: {
  error: string | undefined
  field: ReturnType<ReturnType<typeof useForm<Values>>['register']>
}) {
  const { t } = useWords()
  const [shown, setShown] = useState(false)
  const [caps, setCaps] = useState(false)
  const watchCaps = (event: KeyboardEvent) => setCaps(event.getModifierState('CapsLock'))
  return (
    <Field error={error} hint={caps ? t.login.capsLock : undefined} label={t.login.password}>
      {(attributes) => (
        <span className="relative">
          <Input
            {...attributes}
            {...field}
            autoComplete="current-password"
            className="pr-10"
            onKeyDown={watchCaps}
            onKeyUp={watchCaps}
            type={shown ? 'text' : 'password'}
          />
          <button
            aria-label={shown ? t.login.hide : t.login.show}
            aria-pressed={shown}
            className="absolute top-1/2 right-1 flex size-7 -translate-y-1/2 items-center justify-center rounded-md text-ink-mute hover:text-ink"
            onClick={() => setShown(!shown)}
            type="button"
          >
            <Icon name={shown ? 'eyeOff' : 'eye'} size={18} />
          </button>
        </span>
      )}
    </Field>
  )
}

const themeIcons: Readonly<Record<Theme, IconName>> = { light: 'sun', dark: 'moon', system: 'monitor' }

/** Language and theme, before anybody is signed in. */
function Looks() {
  const { t, language } = useWords()
  const { theme } = usePreferences()
  const item = 'flex h-7 items-center justify-center gap-1 rounded-md px-2 text-[13px]'
  const chosen = (is: boolean) =>
    cx(item, is ? 'bg-hover font-medium text-ink' : 'text-ink-mute hover:text-ink')
  return (
    <footer className="relative mt-8 flex gap-3">
      <fieldset className="card flex gap-0.5 p-0.5">
        <legend className="sr-only">{t.shell.user.language}</legend>
        {(Object.keys(languages) as Language[]).map((each) => (
          <button
            aria-pressed={language === each}
            className={chosen(language === each)}
            key={each}
            lang={each}
            onClick={() => void setLanguage(each)}
            type="button"
          >
            {languages[each]}
          </button>
        ))}
      </fieldset>
      <fieldset className="card flex gap-0.5 p-0.5">
        <legend className="sr-only">{t.shell.user.theme}</legend>
        {(Object.keys(themeIcons) as Theme[]).map((each) => (
          <button
            aria-label={t.shell.theme[each]}
            aria-pressed={theme === each}
            className={chosen(theme === each)}
            key={each}
            onClick={() => {
              changePreferences({ theme: each })
              applyLooks()
            }}
            title={t.shell.theme[each]}
            type="button"
          >
            <Icon name={themeIcons[each]} />
          </button>
        ))}
      </fieldset>
    </footer>
  )
}

/** A faint honeycomb: the availability map before there is anything to show. */
function Backdrop() {
  return (
    <svg
      aria-hidden="true"
      className="absolute inset-0 size-full text-line-strong opacity-20 dark:opacity-25"
    >
      <defs>
        <pattern height="97" id="comb" patternUnits="userSpaceOnUse" width="56">
          <path
            d="M28 0 56 16.2v32.3L28 64.7 0 48.5V16.2zM28 64.7V97"
            fill="none"
            stroke="currentColor"
            strokeWidth="1"
          />
        </pattern>
        <radialGradient id="fade">
          <stop offset="0.25" stopColor="black" />
          <stop offset="1" stopColor="white" />
        </radialGradient>
        <mask id="edge">
          <rect fill="url(#fade)" height="100%" width="100%" />
        </mask>
      </defs>
      <rect fill="url(#comb)" height="100%" mask="url(#edge)" width="100%" />
    </svg>
  )
}
