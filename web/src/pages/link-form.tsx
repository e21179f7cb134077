import { useMutation } from '@apollo/client/react'
import { useState } from 'react'
import { toast } from 'sonner'

import { useDenied } from '../app/permission'
import { fieldOfProblem, problemOf, withoutPath } from '../app/problem'
import { CreateLinkDocument } from '../gql/graphql'
import { Button } from '../parts/button'
import { FormDialog } from '../parts/form-dialog'
import { Notice } from '../parts/notice'
import { useWords } from '../texts/language'
import type { DeviceName } from './device-actions'
import { type DrawnEnd, LinkEndFields } from './link-end-fields'

const fields = ['fromDeviceId', 'fromInterfaceId', 'toDeviceId', 'toInterfaceId'] as const

/** The button that opens the form, for whoever may draw links. `device` is the end that is given, if one is. */
export function AddLink({ device }: { device?: DeviceName }) {
  const { t } = useWords()
  const denied = useDenied('device.write')
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button
        data-testid="add-link"
        denied={denied}
        icon="plus"
        onClick={() => setOpen(true)}
        small={device !== undefined}
      >
        {t.topology.draw.add}
      </Button>
      {open && <LinkForm device={device} onClose={() => setOpen(false)} />}
    </>
  )
}

/** Draws a link that no device tells of. */
function LinkForm({ device, onClose }: { device: DeviceName | undefined; onClose: () => void }) {
  const { t, fill } = useWords()
  const words = t.topology.draw
  const [from, setFrom] = useState<DrawnEnd>({ ...(device && { device }), portId: '' })
  const [to, setTo] = useState<DrawnEnd>({ portId: '' })
  const [missing, setMissing] = useState(false)
  const [create, { loading, error, reset }] = useMutation(CreateLinkDocument, {
    refetchQueries: ['DeviceNeighbors'],
  })
  const problem = error && problemOf(error)
  const faulty = problem && fieldOfProblem(problem, fields)
  const known = problem?.code === 'CONFLICT'
  const errorOf = (name: (typeof fields)[number], isMissing = false) =>
    problem && faulty === name
      ? withoutPath(problem)
      : missing && isMissing
        ? t.devices.form.required
        : undefined
  const change = (set: (end: DrawnEnd) => void) => (end: DrawnEnd) => {
    reset()
    set(end)
  }
  const submit = () => {
    if (!from.device || !to.device) return setMissing(true)
    const ends = { from: from.device.name, to: to.device.name }
    const input = {
      ...{ fromDeviceId: from.device.id, fromInterfaceId: from.portId || null },
      ...{ toDeviceId: to.device.id, toInterfaceId: to.portId || null },
    }
    void create({ variables: { input } }).then(
      () => {
        toast.success(fill(words.added, ends))
        onClose()
      },
      () => undefined,
    )
  }
  return (
    <FormDialog
      busy={loading}
      description={words.hint}
      error={faulty || known ? undefined : error}
      icon="plus"
      onClose={onClose}
      onSubmit={submit}
      submit={words.add}
      testId="link-form"
      title={words.title}
    >
      <LinkEndFields
        end={from}
        errors={{ device: errorOf('fromDeviceId', !from.device), port: errorOf('fromInterfaceId') }}
        fixed={device !== undefined}
        onChange={change(setFrom)}
        title={words.oneEnd}
        without={to.device ? [to.device.id] : []}
      />
      <LinkEndFields
        end={to}
        errors={{ device: errorOf('toDeviceId', !to.device), port: errorOf('toInterfaceId') }}
        onChange={change(setTo)}
        title={words.otherEnd}
        without={from.device ? [from.device.id] : []}
      />
      {known && (
        <Notice icon="warning" tone="bad">
          {words.known}
        </Notice>
      )}
    </FormDialog>
  )
}
