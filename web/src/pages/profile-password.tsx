import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { toast } from 'sonner'

import { fieldOfProblem, problemOf, withoutPath } from '../app/problem'
import { changePassword } from '../app/sign-in'
import { Button } from '../parts/button'
import { Card } from '../parts/card'
import { CodeInput } from '../parts/code-input'
import { FormDialog } from '../parts/form-dialog'
import { PasswordInput } from '../parts/password-input'
import { useWords } from '../texts/language'
import { NewPassword } from './password-new'
import { fitsLength } from './password-rules'

interface PasswordProps {
  email: string
  name: string
  /** There is a second factor: changing the password takes a code of it. */
  secondFactor: boolean
}

/** The password: changing it ends every other session. */
export function ProfilePassword(props: PasswordProps) {
  const { t } = useWords()
  const { password } = t.profile
  const [open, setOpen] = useState(false)
  return (
    <Card
      aside={
        <Button icon="lock" onClick={() => setOpen(true)}>
          {password.change}
        </Button>
      }
      title={t.login.password}
    >
      <p className="px-4 pb-4 text-ink-mute text-sm">{password.hint}</p>
      {open && <PasswordDialog {...props} onClose={() => setOpen(false)} />}
    </Card>
  )
}

function PasswordDialog({ email, name, secondFactor, onClose }: PasswordProps & { onClose: () => void }) {
  const { t } = useWords()
  const { password } = t.profile
  const [failure, setFailure] = useState<unknown>()
  const [code, setCode] = useState('')
  const [wrongCode, setWrongCode] = useState<string>()
  const form = useForm({ defaultValues: { current: '', next: '' } })
  const { errors, isSubmitting } = form.formState
  const submit = form.handleSubmit(async (values) => {
    setFailure(undefined)
    setWrongCode(undefined)
    if (secondFactor && !code) return setWrongCode(t.profile.factor.codeMissing)
    try {
      await changePassword({ ...values, ...(code && { code }) })
      toast.success(password.changed)
      onClose()
    } catch (error) {
      const problem = problemOf(error)
      setCode('')
      if (problem.field === 'input.code') return setWrongCode(t.profile.factor.wrong)
      const field = fieldOfProblem(problem, ['current', 'next'], { INVALID_CREDENTIALS: 'current' })
      if (!field) return setFailure(error)
      const message = field === 'current' ? password.wrong : withoutPath(problem)
      form.setError(field, { message }, { shouldFocus: true })
    }
  })
  return (
    <FormDialog
      busy={isSubmitting}
      description={password.hint}
      error={failure}
      onClose={onClose}
      onSubmit={() => void submit()}
      submit={password.change}
      testId="password-dialog"
      title={password.change}
    >
      {/* Password managers look for the account that a new password belongs to. */}
      <input autoComplete="username" className="hidden" readOnly value={email} />
      <PasswordInput
        {...form.register('current', { required: t.login.passwordMissing })}
        autoComplete="current-password"
        autoFocus
        error={errors.current?.message}
        label={password.current}
      />
      <NewPassword
        {...form.register('next', { validate: (text) => fitsLength(text) || t.login.rules.tooShort })}
        error={errors.next?.message}
        label={password.next}
        owner={[email, name]}
        value={form.watch('next')}
      />
      {secondFactor && (
        <CodeInput
          error={wrongCode}
          autoComplete="one-time-code"
          digits={false}
          label={t.profile.factor.anyCode}
          onCode={setCode}
          value={code}
        />
      )}
    </FormDialog>
  )
}
