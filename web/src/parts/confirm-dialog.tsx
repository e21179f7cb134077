import { toast } from 'sonner'

import { FormDialog } from './form-dialog'
import type { IconName } from './icon'

interface ConfirmDialogProps {
  title: string
  /** What it means. */
  text: string
  submit: string
  icon: IconName
  /** What is said once it is done. */
  done: string
  /** Does it; rejects where it was not done, and `error` then says why. */
  act: () => Promise<unknown>
  busy: boolean
  error: unknown
  onClose: () => void
}

/** Asks before something is done that cannot simply be taken back. */
export function ConfirmDialog({ text, done, act, onClose, ...dialog }: ConfirmDialogProps) {
  const submit = () =>
    void act().then(
      () => {
        toast.success(done)
        onClose()
      },
      () => undefined,
    )
  return (
    <FormDialog {...dialog} danger onClose={onClose} onSubmit={submit}>
      <p className="text-sm">{text}</p>
    </FormDialog>
  )
}
