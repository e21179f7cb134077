import { useMutation } from '@apollo/client/react'
import { useState } from 'react'
import { toast } from 'sonner'

import { useDenied } from '../app/permission'
import { problemOf } from '../app/problem'
import { DeleteLinkDocument, type LinkEvidence } from '../gql/graphql'
import { IconButton } from '../parts/button'
import { FormDialog } from '../parts/form-dialog'
import { Notice } from '../parts/notice'
import { useWords } from '../texts/language'
import { type NamedEnd, portName } from './topology-graph'

interface RemovableLink {
  id: string
  evidence: readonly LinkEvidence[]
  isCurrent: boolean
  from: NamedEnd
  to: NamedEnd
}

const nameOf = (end: NamedEnd) =>
  [end.device?.name ?? end.stranger?.name ?? end.stranger?.address, portName(end)].filter(Boolean).join(' ')

/**
 * The way to remove a link, where it may be removed: drawn by hand, or told by no device any more. One that a device
 * tells would be back at once, so there is nothing to press.
 */
export function RemoveLink({ link }: { link: RemovableLink }) {
  const { t, fill } = useWords()
  const words = t.topology.remove
  const denied = useDenied('device.write')
  const [asking, setAsking] = useState(false)
  if (link.isCurrent && !link.evidence.includes('MANUAL')) return null
  const names = { from: nameOf(link.from), to: nameOf(link.to) }
  return (
    <>
      <IconButton
        className="-my-1 size-7"
        data-testid="remove-link"
        denied={denied}
        icon="trash"
        label={fill(words.label, names)}
        onClick={() => setAsking(true)}
        size={15}
      />
      {asking && <RemoveDialog link={link} names={names} onClose={() => setAsking(false)} />}
    </>
  )
}

function RemoveDialog({
  link,
  names,
  onClose,
}: {
  link: RemovableLink
  names: { from: string; to: string }
  onClose: () => void
}) {
  const { t, fill } = useWords()
  const words = t.topology.remove
  const [remove, { loading, error }] = useMutation(DeleteLinkDocument, {
    refetchQueries: ['DeviceNeighbors'],
  })
  const told = error !== undefined && problemOf(error).code === 'CONFLICT'
  const submit = () =>
    void remove({ variables: { id: link.id } }).then(
      () => {
        toast.success(words.done)
        onClose()
      },
      () => undefined,
    )
  return (
    <FormDialog
      busy={loading}
      danger
      denied={told && words.told}
      error={told ? undefined : error}
      icon="trash"
      onClose={onClose}
      onSubmit={submit}
      submit={words.submit}
      testId="link-remove"
      title={words.title}
    >
      <p className="break-words font-medium text-sm">{fill(words.which, names)}</p>
      <p className="text-sm">{link.evidence.includes('MANUAL') ? words.manualHint : words.oldHint}</p>
      {told && (
        <Notice icon="warning" tone="bad">
          {words.told}
        </Notice>
      )}
    </FormDialog>
  )
}
