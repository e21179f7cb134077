import { useMutation } from '@apollo/client/react'
import { useState } from 'react'
import { toast } from 'sonner'
import { useDenied } from '../app/permission'
import { fieldOfProblem, problemOf, withoutPath } from '../app/problem'
import { DeactivateUserDocument, ResetSecondFactorDocument, UpdateUserDocument } from '../gql/graphql'
import { IconButton } from '../parts/button'
import { ConfirmDialog } from '../parts/confirm-dialog'
import { Field, Input } from '../parts/field'
import { FormDialog } from '../parts/form-dialog'
import { Menu, MenuItem, MenuLine } from '../parts/menu'
import { useWords } from '../texts/language'
import { useFailureToast } from './device-actions'
import type { UserInPanel } from './user-panel'

const lists = { refetchQueries: ['UserList', 'UserDetail', 'ApiTokenList'] }

/** What an administrator can do with a user. What one may not do stays visible, with the reason. */
export function UserActions({ user }: { user: UserInPanel }) {
  const { t, fill } = useWords()
  const { action } = t.users
  const denied = useDenied('user.write')
  const fail = useFailureToast()
  const [update] = useMutation(UpdateUserDocument, lists)
  const [open, setOpen] = useState<'rename' | 'deactivate' | 'reset'>()
  const close = () => setOpen(undefined)
  const person = user.kind === 'HUMAN'
  const activate = () =>
    void update({ variables: { input: { id: user.id, active: true } } }).then(
      () => void toast.success(fill(action.activated, { name: user.name })),
      fail,
    )
  return (
    <>
      <Menu trigger={<IconButton icon="more" label={fill(action.menu, { name: user.name })} />}>
        <MenuItem denied={denied} icon="edit" onSelect={() => setOpen('rename')}>
          {person ? action.edit : action.rename}
        </MenuItem>
        {person && (
          <MenuItem
            denied={denied ?? (!user.secondFactor && action.noFactor)}
            icon="shield"
            onSelect={() => setOpen('reset')}
          >
            {action.reset}
          </MenuItem>
        )}
        <MenuLine />
        {user.active ? (
          <MenuItem danger denied={denied} icon="lock" onSelect={() => setOpen('deactivate')}>
            {action.deactivate}
          </MenuItem>
        ) : (
          <MenuItem denied={denied} icon="play" onSelect={activate}>
            {action.activate}
          </MenuItem>
        )}
      </Menu>
      {open === 'rename' && <EditUser onClose={close} user={user} />}
      {open === 'deactivate' && <Deactivate onClose={close} user={user} />}
      {open === 'reset' && <ResetFactor onClose={close} user={user} />}
    </>
  )
}

function EditUser({ user, onClose }: { user: UserInPanel; onClose: () => void }) {
  const { t, fill } = useWords()
  const person = user.kind === 'HUMAN'
  const [values, setValues] = useState({ name: user.name, email: user.email })
  const [update, { loading, error }] = useMutation(UpdateUserDocument, lists)
  const problem = error && problemOf(error)
  const faulty = problem && fieldOfProblem(problem, ['name', 'email'], { CONFLICT: 'email' })
  const message = (field: string) => (problem && faulty === field ? withoutPath(problem) : undefined)
  const submit = () => {
    const name = values.name.trim()
    const email = values.email.trim()
    const input = { id: user.id, name, ...(person && email !== user.email && { email }) }
    void update({ variables: { input } }).then(
      () => {
        toast.success(fill(t.users.action.saved, { name }))
        onClose()
      },
      () => undefined,
    )
  }
  return (
    <FormDialog
      busy={loading}
      error={faulty ? undefined : error}
      onClose={onClose}
      onSubmit={submit}
      submit={t.profile.save}
      title={person ? t.users.action.edit : t.users.action.rename}
    >
      <Field error={message('name')} label={t.login.account.name}>
        {(attributes) => (
          <Input
            {...attributes}
            autoFocus
            maxLength={100}
            onChange={(event) => setValues({ ...values, name: event.target.value })}
            value={values.name}
          />
        )}
      </Field>
      {person && (
        <Field error={message('email')} label={t.login.email}>
          {(attributes) => (
            <Input
              {...attributes}
              onChange={(event) => setValues({ ...values, email: event.target.value })}
              type="email"
              value={values.email}
            />
          )}
        </Field>
      )}
    </FormDialog>
  )
}

function Deactivate({ user, onClose }: { user: UserInPanel; onClose: () => void }) {
  const { t, fill } = useWords()
  const { action } = t.users
  const [deactivate, { loading, error }] = useMutation(DeactivateUserDocument, lists)
  return (
    <ConfirmDialog
      act={() => deactivate({ variables: { id: user.id } })}
      busy={loading}
      done={fill(action.deactivated, { name: user.name })}
      error={error}
      icon="lock"
      onClose={onClose}
      submit={action.deactivate}
      text={action.deactivateHint}
      title={fill(action.deactivateNamed, { name: user.name })}
    />
  )
}

function ResetFactor({ user, onClose }: { user: UserInPanel; onClose: () => void }) {
  const { t, fill } = useWords()
  const { action } = t.users
  const [reset, { loading, error }] = useMutation(ResetSecondFactorDocument, lists)
  return (
    <ConfirmDialog
      act={() => reset({ variables: { userId: user.id } })}
      busy={loading}
      done={fill(action.wasReset, { name: user.name })}
      error={error}
      icon="shield"
      onClose={onClose}
      submit={action.reset}
      text={action.resetHint}
      title={fill(action.resetNamed, { name: user.name })}
    />
  )
}
