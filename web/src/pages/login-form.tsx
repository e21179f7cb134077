import { useState } from 'react'
import { useForm } from 'react-hook-form'

import { type Problem, problemOf } from '../app/problem'
import { signIn } from '../app/sign-in'
import { Field, Input } from '../parts/field'
import { PasswordInput } from '../parts/password-input'
import { useWords } from '../texts/language'
import { LoginProblem, SubmitButton, useWait } from './login-parts'

export interface Credentials {
  email: string
  password: string
}

/** E-mail and password. Whoever has a second factor goes on to it with both. */
export function LoginForm({
  onDone,
  onSecondFactor,
}: {
  onDone: () => void
  onSecondFactor: (credentials: Credentials) => void
}) {
  const { t } = useWords()
  const [problem, setProblem] = useState<Problem>()
  const wait = useWait(problem)
  const { register, handleSubmit, formState, setFocus } = useForm<Credentials>({ mode: 'onSubmit' })
  const { errors, isSubmitting } = formState
  const submit = handleSubmit(async ({ email, password }) => {
    setProblem(undefined)
    const credentials = { email: email.trim(), password }
    try {
      await signIn(credentials)
      onDone()
    } catch (error) {
      const told = problemOf(error)
      if (told.code === 'SECOND_FACTOR_REQUIRED') return onSecondFactor(credentials)
      setProblem(told)
      return setFocus('password', { shouldSelect: true })
    }
  })
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
      <PasswordInput
        {...register('password', { required: t.login.passwordMissing })}
        autoComplete="current-password"
        error={errors.password?.message}
        label={t.login.password}
      />
      <LoginProblem problem={problem} wait={wait} />
      <SubmitButton busy={isSubmitting} disabled={wait > 0} text={t.login.submit} />
    </form>
  )
}
