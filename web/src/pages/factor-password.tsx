import { useMutation } from '@apollo/client/react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'

import { fieldOfProblem, type Problem, problemOf } from '../app/problem'
import { useViewer } from '../app/session'
import { BeginTotpDocument, type BeginTotpMutation } from '../gql/graphql'
import { FormDialog } from '../parts/form-dialog'
import { PasswordInput } from '../parts/password-input'
import { useWords } from '../texts/language'
import { LoginProblem, useWait } from './login-parts'

/** The secret of an authenticator app to be. */
export type FactorSecret = BeginTotpMutation['beginTotp']

/** The password before the secret: otherwise whoever finds an open session sets up an app of their own. */
export function FactorPassword({
  onSecret,
  onClose,
}: {
  onSecret: (secret: FactorSecret) => void
  onClose: () => void
}) {
  const { t } = useWords()
  const { factor } = t.profile
  const viewer = useViewer()
  const [problem, setProblem] = useState<Problem>()
  const wait = useWait(problem)
  const [begin] = useMutation(BeginTotpDocument)
  const form = useForm({ defaultValues: { password: '' } })
  const { errors, isSubmitting } = form.formState
  const submit = form.handleSubmit(async ({ password }) => {
    setProblem(undefined)
    try {
      const { data } = await begin({ variables: { input: password ? { password } : {} } })
      if (data) onSecret(data.beginTotp)
    } catch (error) {
      const told = problemOf(error)
      if (!fieldOfProblem(told, ['password'])) return setProblem(told)
      const message = password ? t.profile.password.wrong : t.login.passwordMissing
      form.setError('password', { message }, { shouldFocus: true })
    }
  })
  return (
    <FormDialog
      busy={isSubmitting || wait > 0}
      description={factor.passwordHint}
      onClose={onClose}
      onSubmit={() => void submit()}
      submit={factor.next}
      testId="factor-password"
      title={factor.setUpTitle}
    >
      {/* Password managers look for the account that the password belongs to. */}
      <input autoComplete="username" className="hidden" readOnly value={viewer?.user.email ?? ''} />
      <PasswordInput
        {...form.register('password')}
        autoComplete="current-password"
        autoFocus
        error={errors.password?.message}
        hint={factor.noPassword}
        label={t.login.password}
      />
      <LoginProblem problem={problem} wait={wait} />
    </FormDialog>
  )
}
