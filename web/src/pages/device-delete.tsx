import { type FormEvent, useState } from 'react'

import { Button } from '../parts/button'
import { ProblemNote } from '../parts/feedback'
import { Field, Input } from '../parts/field'
import { Modal, ModalBody, ModalFoot } from '../parts/modal'
import { useWords } from '../texts/language'
import { type DeviceName, useDeviceActions } from './device-actions'

/** Deletes a device after its name has been typed. */
export function DeleteDevice({
  device,
  onClose,
  onDone,
}: {
  device: DeviceName
  onClose: () => void
  onDone?: () => void
}) {
  const { t, fill } = useWords()
  const { remove } = useDeviceActions()
  const [typed, setTyped] = useState('')
  const [state, setState] = useState<{ busy: boolean; error?: unknown }>({ busy: false })
  const { name } = device
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (typed !== name) return
    setState({ busy: true })
    try {
      await remove(device)
      onClose()
      onDone?.()
    } catch (error) {
      setState({ busy: false, error })
    }
  }
  return (
    <Modal
      description={t.devices.deleteDialog.hint}
      onClose={onClose}
      title={fill(t.devices.deleteDialog.title, { name })}
    >
      <form onSubmit={submit}>
        <ModalBody>
          <Field label={fill(t.devices.deleteDialog.type, { name })}>
            {(attributes) => (
              <Input
                {...attributes}
                autoComplete="off"
                autoFocus
                className="font-mono"
                onChange={(event) => setTyped(event.target.value)}
                spellCheck={false}
                value={typed}
              />
            )}
          </Field>
          {state.error !== undefined && <ProblemNote className="mt-3" error={state.error} />}
        </ModalBody>
        <ModalFoot>
          <Button onClick={onClose}>{t.shell.actions.cancel}</Button>
          <Button disabled={typed !== name || state.busy} icon="trash" kind="danger" type="submit">
            {t.devices.deleteDialog.confirm}
          </Button>
        </ModalFoot>
      </form>
    </Modal>
  )
}
