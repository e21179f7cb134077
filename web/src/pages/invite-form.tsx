import { useMutation } from '@apollo/client/react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'

import { useDenied } from '../app/permission'
import { fieldOfProblem, problemOf, withoutPath } from '../app/problem'
import { CreateInviteDocument, type CreateInviteMutation } from '../gql/graphql'
import { Button } from '../parts/button'
import { Field, Input } from '../parts/field'
import { FormDialog } from '../parts/form-dialog'
import { Modal, ModalBody, ModalFoot } from '../parts/modal'
import { Notice } from '../parts/notice'
import { SecretOnce } from '../parts/secret-once'
import { useWords } from '../texts/language'
import { type GrantValues, grantInputs, grantsFault } from './grants'
import { GrantsField } from './grants-field'

/** Invites somebody by a link, which is shown once. */
export function InviteForm({ onClose }: { onClose: () => void }) {
  const { t } = useWords()
  const { invites } = t.users
  const denied = useDenied('user.write')
  const [grants, setGrants] = useState<GrantValues>({ VIEWER: null })
  const [create, { data, error: failure }] = useMutation(CreateInviteDocument, {
    refetchQueries: ['InviteList'],
  })
  const form = useForm({ defaultValues: { email: '' } })
  const { errors, isSubmitting, isSubmitted } = form.formState
  const fault = grantsFault(grants)
  const submit = form.handleSubmit(async ({ email }) => {
    if (fault) return
    try {
      await create({ variables: { input: { email: email.trim(), grants: grantInputs(grants) } } })
    } catch (error) {
      const problem = problemOf(error)
      if (fieldOfProblem(problem, ['email'], { CONFLICT: 'email' }))
        form.setError('email', { message: withoutPath(problem) }, { shouldFocus: true })
    }
  })
  if (data) return <InviteLink {...data.createInvite} onClose={onClose} />
  return (
    <FormDialog
      busy={isSubmitting}
      denied={denied}
      description={invites.hint}
      error={errors.email ? undefined : failure}
      icon="mail"
      onClose={onClose}
      onSubmit={() => void submit()}
      shape="drawer"
      submit={invites.create}
      testId="invite-form"
      title={t.users.invite}
    >
      <Field error={errors.email?.message} label={t.login.email}>
        {(attributes) => (
          <Input
            {...attributes}
            {...form.register('email', { required: t.users.form.emailMissing })}
            autoCapitalize="none"
            autoComplete="off"
            autoFocus
            spellCheck={false}
            type="email"
          />
        )}
      </Field>
      <GrantsField
        error={isSubmitted && fault ? t.users.grants.fault[fault] : undefined}
        onChange={setGrants}
        values={grants}
      />
    </FormDialog>
  )
}

type Made = CreateInviteMutation['createInvite']

function InviteLink({ secret, invite, onClose }: Made & { onClose: () => void }) {
  const { t, fill, format } = useWords()
  const { invites } = t.users
  return (
    <Modal onClose={onClose} testId="invite-link-dialog" title={fill(invites.made, { email: invite.email })}>
      <ModalBody>
        <div className="flex flex-col gap-4">
          <Notice icon="warning" tone="warning">
            {invites.once}
          </Notice>
          {/* Behind the #, so that the secret reaches no server's log. */}
          <SecretOnce
            label={invites.link}
            secret={`${location.origin}/invite#${encodeURIComponent(secret)}`}
            testId="invite-link"
          />
          <p className="text-[13px] text-ink-mute">
            {fill(invites.goodUntil, { date: format.full(Date.parse(invite.expiresAt)) })}
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
