import { useState } from 'react'
import { useForm } from 'react-hook-form'

import { fieldOfProblem, type Problem, problemOf, withoutPath } from '../app/problem'
import { Field, Input } from '../parts/field'
import { useWords } from '../texts/language'
import { LoginProblem, SubmitButton } from './login-parts'
import { NewPassword } from './password-new'
import { fitsLength } from './password-rules'

interface AccountValues {
  email: string
  name: string
  password: string
}

/** Name and password of an account to be; its e-mail address too, unless an invite has fixed it. */
export function AccountForm({
  email,
  submit,
  onSubmit,
}: {
  /** The address that an invite is for. */
  email?: string
  submit: string
  /** @throws what the server says: it is shown at the field it is about. */
  onSubmit: (values: AccountValues) => Promise<void>
}) {
  const { t } = useWords()
  const { account } = t.login
  const [problem, setProblem] = useState<Problem>()
  const form = useForm<AccountValues>({ defaultValues: { email: email ?? '', name: '', password: '' } })
  const { errors, isSubmitting } = form.formState
  const [mail, name, password] = form.watch(['email', 'name', 'password'])
  const send = form.handleSubmit(async (values) => {
    setProblem(undefined)
    try {
      await onSubmit({ ...values, email: values.email.trim(), name: values.name.trim() })
    } catch (error) {
      const told = problemOf(error)
      const field = fieldOfProblem(told, ['email', 'name', 'password'], { CONFLICT: 'email' })
      if (!field) return setProblem(told)
      return form.setError(field, { message: withoutPath(told) }, { shouldFocus: true })
    }
  })
  return (
    <form className="flex flex-col gap-4" data-testid="account-form" noValidate onSubmit={send}>
      <Field error={errors.email?.message} label={t.login.email}>
        {(attributes) => (
          <Input
            {...attributes}
            {...form.register('email', { required: t.login.emailMissing })}
            autoCapitalize="none"
            autoComplete="username"
            inputMode="email"
            readOnly={email !== undefined}
            spellCheck={false}
            type="email"
          />
        )}
      </Field>
      <Field error={errors.name?.message} label={account.name}>
        {(attributes) => (
          <Input
            {...attributes}
            {...form.register('name', {
              validate: (text) => text.trim() !== '' || account.nameMissing,
            })}
            autoComplete="name"
            maxLength={100}
          />
        )}
      </Field>
      <NewPassword
        {...form.register('password', { validate: (text) => fitsLength(text) || t.login.rules.tooShort })}
        error={errors.password?.message}
        label={t.login.password}
        owner={[mail, name]}
        value={password}
      />
      <LoginProblem problem={problem} />
      <SubmitButton busy={isSubmitting} text={submit} />
    </form>
  )
}
