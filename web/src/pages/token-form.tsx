import { useMutation } from '@apollo/client/react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'

import { fieldOfProblem, problemOf, withoutPath } from '../app/problem'
import { CreateApiTokenDocument } from '../gql/graphql'
import { Button } from '../parts/button'
import { Field, Input, Select } from '../parts/field'
import { FormDialog } from '../parts/form-dialog'
import { Modal, ModalBody, ModalFoot } from '../parts/modal'
import { Notice } from '../parts/notice'
import { SecretOnce } from '../parts/secret-once'
import { useWords } from '../texts/language'
import { TokenScopes } from './token-scopes'

/** Days until a token ends; 0: it does not. */
const lives = [30, 90, 365, 0] as const
const dayMs = 86_400_000

/** Makes an API token, and shows its secret once. */
export function TokenForm({
  permissions,
  userId,
  onClose,
}: {
  /** What its owner may do: a token may do no more. */
  permissions: readonly string[]
  /** A service account; without it the token is one's own. */
  userId?: string
  onClose: () => void
}) {
  const { t, count } = useWords()
  const { tokens } = t.profile
  const [failure, setFailure] = useState<unknown>()
  const [create, { data }] = useMutation(CreateApiTokenDocument, { refetchQueries: ['ApiTokenList'] })
  const form = useForm({ defaultValues: { name: '', days: '90', scopes: [] as string[] } })
  const { errors, isSubmitting } = form.formState
  const scopes = form.watch('scopes')
  const submit = form.handleSubmit(async ({ name, days }) => {
    setFailure(undefined)
    if (scopes.length === 0) return form.setError('scopes', { message: tokens.scopesMissing })
    const expiresAt = Number(days) ? new Date(Date.now() + Number(days) * dayMs).toISOString() : null
    const input = { name: name.trim(), scopes, expiresAt, ...(userId && { userId }) }
    try {
      await create({ variables: { input } })
    } catch (error) {
      const problem = problemOf(error)
      const field = fieldOfProblem(problem, ['name', 'scopes'])
      if (!field) return setFailure(error)
      form.setError(field, { message: withoutPath(problem) }, { shouldFocus: true })
    }
  })
  if (data) return <TokenSecret {...data.createApiToken} onClose={onClose} />
  return (
    <FormDialog
      busy={isSubmitting}
      description={tokens.hint}
      error={failure}
      icon="key"
      onClose={onClose}
      onSubmit={() => void submit()}
      shape="drawer"
      submit={tokens.create}
      testId="token-form"
      title={tokens.create}
    >
      <Field error={errors.name?.message} hint={tokens.nameHint} label={tokens.name}>
        {(attributes) => (
          <Input
            {...attributes}
            {...form.register('name', { validate: (text) => text.trim() !== '' || tokens.nameMissing })}
            autoComplete="off"
            autoFocus
            maxLength={100}
          />
        )}
      </Field>
      <Field label={tokens.expiry}>
        {(attributes) => (
          <Select {...attributes} {...form.register('days')}>
            {lives.map((days) => (
              <option key={days} value={days}>
                {days ? count(tokens.days, days) : tokens.forever}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <TokenScopes
        chosen={scopes}
        error={errors.scopes?.message}
        onChange={(next) => {
          form.setValue('scopes', next)
          form.clearErrors('scopes')
        }}
        permissions={permissions}
      />
    </FormDialog>
  )
}

function TokenSecret({
  secret,
  token,
  onClose,
}: {
  secret: string
  token: { name: string }
  onClose: () => void
}) {
  const { t, fill } = useWords()
  const { tokens } = t.profile
  return (
    <Modal onClose={onClose} testId="token-secret-dialog" title={fill(tokens.made, { name: token.name })}>
      <ModalBody>
        <div className="flex flex-col gap-4">
          <Notice icon="warning" tone="warning">
            {tokens.once}
          </Notice>
          <SecretOnce label={tokens.secret} secret={secret} testId="token-secret" />
          <p className="text-[13px] text-ink-mute">
            {tokens.use}
            <code className="mt-1 block break-all font-mono text-[12.5px] text-ink-soft">
              Authorization: Bearer {secret.slice(0, 12)}…
            </code>
          </p>
        </div>
      </ModalBody>
      <ModalFoot>
        <Button kind="primary" onClick={onClose}>
          {t.profile.recovery.done}
        </Button>
      </ModalFoot>
    </Modal>
  )
}
