import { useMutation } from '@apollo/client/react'
import { useState } from 'react'
import { toast } from 'sonner'

import { useDenied } from '../app/permission'
import { SetGrantsDocument } from '../gql/graphql'
import { FormDialog } from '../parts/form-dialog'
import { useWords } from '../texts/language'
import { grantInputs, grantsFault, grantValues } from './grants'
import { GrantsField } from './grants-field'
import type { UserInPanel } from './user-panel'

/** Replaces the grants of a user; they count at once. */
export function GrantsForm({ user, onClose }: { user: UserInPanel; onClose: () => void }) {
  const { t, fill } = useWords()
  const { grants } = t.users
  const [values, setValues] = useState(() => grantValues(user.grants))
  const [asked, setAsked] = useState(false)
  const [set, { loading, error }] = useMutation(SetGrantsDocument, { refetchQueries: ['UserList'] })
  const denied = useDenied('user.write')
  const fault = grantsFault(values)
  const submit = () => {
    setAsked(true)
    if (fault) return
    void set({ variables: { userId: user.id, grants: grantInputs(values) } }).then(
      () => {
        toast.success(fill(grants.saved, { name: user.name }))
        onClose()
      },
      () => undefined,
    )
  }
  return (
    <FormDialog
      busy={loading}
      denied={denied}
      description={grants.hint}
      error={error}
      onClose={onClose}
      onSubmit={submit}
      shape="drawer"
      submit={t.profile.save}
      testId="grants-form"
      title={fill(grants.title, { name: user.name })}
    >
      <GrantsField
        error={asked && fault ? grants.fault[fault] : undefined}
        onChange={setValues}
        values={values}
      />
    </FormDialog>
  )
}
