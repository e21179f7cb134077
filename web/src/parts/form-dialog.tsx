import type { ReactNode, SubmitEvent } from 'react'

import { useWords } from '../texts/language'
import { Button } from './button'
import { ProblemNote } from './feedback'
import type { IconName } from './icon'
import { Modal, ModalBody, ModalFoot } from './modal'

interface FormDialogProps {
  title: string
  description?: ReactNode
  submit: string
  icon?: IconName
  danger?: boolean
  busy: boolean
  /** What no single field can show. */
  error?: unknown
  /** Why it cannot be sent now. */
  denied?: string | false | undefined
  onSubmit: () => void
  onClose: () => void
  shape?: 'dialog' | 'drawer'
  testId?: string
  children: ReactNode
}

/** A form in a dialog or drawer: Ctrl+Enter sends it, Escape closes it. */
export function FormDialog(props: FormDialogProps) {
  const { title, description, submit, icon, danger = false, busy, error, denied } = props
  const { onSubmit, onClose, shape = 'dialog', testId, children } = props
  const { t } = useWords()
  const send = (event?: SubmitEvent) => {
    event?.preventDefault()
    if (!busy && !denied) onSubmit()
  }
  return (
    <Modal
      description={description}
      onClose={onClose}
      shape={shape}
      title={title}
      {...(testId && { testId })}
    >
      <form
        className="flex min-h-0 flex-1 flex-col"
        noValidate
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send()
        }}
        onSubmit={send}
      >
        <ModalBody>
          <div className="flex flex-col gap-4">
            {children}
            {error !== undefined && <ProblemNote error={error} />}
          </div>
        </ModalBody>
        <ModalFoot>
          <Button onClick={onClose}>{t.shell.actions.cancel}</Button>
          <Button
            denied={denied}
            disabled={busy}
            kind={danger ? 'danger' : 'primary'}
            type="submit"
            {...(icon && { icon })}
          >
            {submit}
          </Button>
        </ModalFoot>
      </form>
    </Modal>
  )
}
