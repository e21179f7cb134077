import { useMutation } from '@apollo/client/react'
import { useEffect, useRef, useState } from 'react'

import { problemOf } from '../app/problem'
import { refreshSession } from '../app/session'
import { BeginTotpDocument, ConfirmTotpDocument } from '../gql/graphql'
import { CodeInput } from '../parts/code-input'
import { ProblemNote, Skeleton } from '../parts/feedback'
import { FormDialog } from '../parts/form-dialog'
import { QrCode } from '../parts/qr-code'
import { SecretOnce } from '../parts/secret-once'
import { useWords } from '../texts/language'
import { RecoveryCodes } from './recovery-codes'

/** Sets up the second factor: scan, confirm by a code, keep the recovery codes. */
export function FactorSetup({ onClose }: { onClose: () => void }) {
  const { t } = useWords()
  const { factor } = t.profile
  const [code, setCode] = useState('')
  const [wrong, setWrong] = useState<string>()
  const [begin, begun] = useMutation(BeginTotpDocument)
  const [confirm, confirmed] = useMutation(ConfirmTotpDocument, { refetchQueries: ['Profile'] })
  const started = useRef(false)
  useEffect(() => {
    // Each start makes a new secret, and React may run an effect twice.
    if (started.current) return
    started.current = true
    begin().catch(() => undefined)
  }, [begin])
  const codes = confirmed.data?.confirmTotp.codes
  // Where a second factor is required, the session has all its rights only from its next token on.
  const done = () => void refreshSession().finally(onClose)
  if (codes) return <RecoveryCodes codes={codes} onClose={done} />
  const setup = begun.data?.beginTotp
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
      busy={confirmed.loading || !setup}
      description={factor.setUpHint}
      error={wrong ? undefined : confirmed.error}
      onClose={onClose}
      onSubmit={() => void submit()}
      submit={factor.confirm}
      testId="factor-setup"
      title={factor.setUpTitle}
    >
      {begun.error && <ProblemNote error={begun.error} onRetry={() => void begin().catch(() => undefined)} />}
      {!setup && !begun.error && <Skeleton className="mx-auto size-48" />}
      {setup && (
        <>
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
        </>
      )}
    </FormDialog>
  )
}
