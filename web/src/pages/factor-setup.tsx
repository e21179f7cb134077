import { useMutation } from '@apollo/client/react'
import { useState } from 'react'

import { problemOf } from '../app/problem'
import { refreshSession } from '../app/session'
import { ConfirmTotpDocument } from '../gql/graphql'
import { CodeInput } from '../parts/code-input'
import { FormDialog } from '../parts/form-dialog'
import { QrCode } from '../parts/qr-code'
import { SecretOnce } from '../parts/secret-once'
import { useWords } from '../texts/language'
import { FactorPassword, type FactorSecret } from './factor-password'
import { RecoveryCodes } from './recovery-codes'

/** Sets up the second factor: prove by the password, scan, confirm by a code, keep the recovery codes. */
export function FactorSetup({ onClose }: { onClose: () => void }) {
  const { t } = useWords()
  const { factor } = t.profile
  const [code, setCode] = useState('')
  const [wrong, setWrong] = useState<string>()
  const [setup, setSetup] = useState<FactorSecret>()
  const [confirm, confirmed] = useMutation(ConfirmTotpDocument, { refetchQueries: ['Profile'] })
  const codes = confirmed.data?.confirmTotp.codes
  // Where a second factor is required, the session has all its rights only from its next token on.
  const done = () => void refreshSession().finally(onClose)
  if (codes) return <RecoveryCodes codes={codes} onClose={done} />
  if (!setup) return <FactorPassword onClose={onClose} onSecret={setSetup} />
  const submit = async () => {
    if (!code) return setWrong(factor.codeMissing)
    setWrong(undefined)
    try {
      await confirm({ variables: { code } })
    } catch (error) {
      setCode('')
      if (['INVALID_CREDENTIALS', 'BAD_USER_INPUT'].includes(problemOf(error).code)) setWrong(factor.wrong)
    }
  }
  return (
    <FormDialog
      busy={confirmed.loading}
      description={factor.setUpHint}
      error={wrong ? undefined : confirmed.error}
      onClose={onClose}
      onSubmit={() => void submit()}
      submit={factor.confirm}
      testId="factor-setup"
      title={factor.setUpTitle}
    >
      <div className="flex justify-center">
        <QrCode label={factor.qr} text={setup.uri} />
      </div>
      <SecretOnce label={factor.secret} secret={setup.secret} testId="totp-secret" />
      <CodeInput
        autoFocus
        error={wrong}
        hint={factor.codeHint}
        label={t.login.code.label}
        onCode={setCode}
        value={code}
      />
    </FormDialog>
  )
}
