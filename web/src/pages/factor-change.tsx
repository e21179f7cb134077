import { useMutation } from '@apollo/client/react'
import { useState } from 'react'
import { toast } from 'sonner'

import { type Problem, problemOf } from '../app/problem'
import { DisableTotpDocument, RenewRecoveryCodesDocument } from '../gql/graphql'
import { CodeInput } from '../parts/code-input'
import { FormDialog } from '../parts/form-dialog'
import { PasswordInput } from '../parts/password-input'
import { useWords } from '../texts/language'
import { RecoveryCodes } from './recovery-codes'

const refused = (problem: Problem | undefined) =>
  problem !== undefined && ['INVALID_CREDENTIALS', 'BAD_USER_INPUT'].includes(problem.code)

/** New recovery codes: the old ones end. */
export function FactorRenew({ onClose }: { onClose: () => void }) {
  const { t } = useWords()
  const { factor } = t.profile
  const [code, setCode] = useState('')
  const [renew, { data, loading, error }] = useMutation(RenewRecoveryCodesDocument)
  if (data) return <RecoveryCodes codes={data.renewRecoveryCodes.codes} onClose={onClose} />
  const problem = error && problemOf(error)
  return (
    <FormDialog
      busy={loading || !code}
      description={factor.renewHint}
      error={refused(problem) ? undefined : error}
      onClose={onClose}
      onSubmit={() => void renew({ variables: { code } }).catch(() => setCode(''))}
      submit={factor.renew}
      title={factor.renew}
    >
      <CodeInput
        autoFocus
        error={refused(problem) ? factor.wrong : undefined}
        label={t.login.code.label}
        onCode={setCode}
        value={code}
      />
    </FormDialog>
  )
}

/** Turns the second factor off. It takes both factors, so that an open session alone is not enough. */
export function FactorDisable({ onClose }: { onClose: () => void }) {
  const { t } = useWords()
  const { factor, password } = t.profile
  const [values, setValues] = useState({ password: '', code: '' })
  const [disable, { loading, error }] = useMutation(DisableTotpDocument, { refetchQueries: ['Profile'] })
  const problem = error && problemOf(error)
  const ofCode = refused(problem) && problem?.field?.endsWith('code')
  const ofPassword = refused(problem) && !ofCode
  const submit = async () => {
    try {
      const { password: current, code } = values
      await disable({ variables: { input: { code, ...(current && { password: current }) } } })
      toast.success(factor.disabled)
      onClose()
    } catch {
      // `error` shows it.
    }
  }
  return (
    <FormDialog
      busy={loading || !values.code}
      danger
      description={factor.disableHint}
      error={refused(problem) ? undefined : error}
      onClose={onClose}
      onSubmit={() => void submit()}
      submit={factor.disable}
      title={factor.disableTitle}
    >
      <PasswordInput
        autoComplete="current-password"
        autoFocus
        error={ofPassword ? password.wrong : undefined}
        hint={factor.noPassword}
        label={t.login.password}
        onChange={(event) => setValues({ ...values, password: event.target.value })}
        value={values.password}
      />
      <CodeInput
        error={ofCode ? factor.wrong : undefined}
        autoComplete="one-time-code"
        digits={false}
        label={factor.anyCode}
        onCode={(code) => setValues({ ...values, code })}
        value={values.code}
      />
    </FormDialog>
  )
}
