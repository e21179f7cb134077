import { useMutation } from '@apollo/client/react'
import { type FormEvent, useState } from 'react'
import { toast } from 'sonner'

import { AcknowledgeAlertDocument } from '../gql/graphql'
import { Button } from '../parts/button'
import { ProblemNote } from '../parts/feedback'
import { Field } from '../parts/field'
import { Modal, ModalBody, ModalFoot } from '../parts/modal'
import { useWords } from '../texts/language'

/** Says that somebody takes care of an alert, with a word on how. */
export function AcknowledgeDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useWords()
  const { dialog } = t.alerts
  const [comment, setComment] = useState('')
  const [acknowledge, { loading, error }] = useMutation(AcknowledgeAlertDocument, {
    refetchQueries: ['AlertDetail'],
  })
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    try {
      await acknowledge({ variables: { id, comment: comment.trim() || null } })
      toast.success(t.alerts.toast.acknowledged)
      onClose()
    } catch {
      // `error` shows it, and the comment stays.
    }
  }
  return (
    <Modal description={dialog.hint} onClose={onClose} title={dialog.title}>
      <form
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit(event)
        }}
        onSubmit={submit}
      >
        <ModalBody>
          <Field label={dialog.comment}>
            {(attributes) => (
              <textarea
                {...attributes}
                // biome-ignore lint/a11y/noAutofocus: the dialog was opened to write here
                autoFocus
                className="control h-auto min-h-24 py-2"
                maxLength={2000}
                onChange={(event) => setComment(event.target.value)}
                placeholder={dialog.placeholder}
                value={comment}
              />
            )}
          </Field>
          {error && <ProblemNote className="mt-3" error={error} />}
        </ModalBody>
        <ModalFoot>
          <Button onClick={onClose}>{t.shell.actions.cancel}</Button>
          <Button disabled={loading} icon="check" kind="primary" type="submit">
            {dialog.submit}
          </Button>
        </ModalFoot>
      </form>
    </Modal>
  )
}
