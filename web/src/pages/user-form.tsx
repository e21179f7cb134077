import { useApolloClient } from '@apollo/client/react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { toast } from 'sonner'

import { useDenied } from '../app/permission'
import { fieldOfProblem, problemOf, withoutPath } from '../app/problem'
import { CreateServiceAccountDocument, CreateUserDocument, type UserKind } from '../gql/graphql'
import { Field, Input } from '../parts/field'
import { FormDialog } from '../parts/form-dialog'
import { useWords } from '../texts/language'
import { type GrantValues, grantInputs, grantsFault } from './grants'
import { GrantsField } from './grants-field'
import { NewPassword } from './password-new'
import { fitsLength } from './password-rules'

/** Makes a user: a person with a first password, or a service account for a program. */
export function UserForm({
  kind,
  onClose,
  onMade,
}: {
  kind: UserKind
  onClose: () => void
  onMade: (id: string) => void
}) {
  const { t, fill } = useWords()
  const words = t.users.form
  const person = kind === 'HUMAN'
  const client = useApolloClient()
  const denied = useDenied('user.write')
  const [failure, setFailure] = useState<unknown>()
  const [grants, setGrants] = useState<GrantValues>({ VIEWER: null })
  const form = useForm({ defaultValues: { name: '', email: '', password: '' } })
  const { errors, isSubmitting, isSubmitted } = form.formState
  const [name, email, password] = form.watch(['name', 'email', 'password'])
  const fault = grantsFault(grants)

  const create = async (values: { name: string; email: string; password: string }) => {
    const common = { name: values.name.trim(), grants: grantInputs(grants) }
    const lists = { refetchQueries: ['UserList'] }
    if (!person) {
      const variables = { input: common }
      const { data } = await client.mutate({ mutation: CreateServiceAccountDocument, variables, ...lists })
      return data?.createServiceAccount
    }
    const variables = { input: { ...common, email: values.email.trim(), password: values.password } }
    const { data } = await client.mutate({ mutation: CreateUserDocument, variables, ...lists })
    return data?.createUser
  }
  const submit = form.handleSubmit(async (values) => {
    if (fault) return
    setFailure(undefined)
    try {
      const made = await create(values)
      toast.success(fill(words.made, { name: values.name.trim() }))
      if (made) onMade(made.id)
    } catch (error) {
      const problem = problemOf(error)
      const field = fieldOfProblem(problem, ['name', 'email', 'password'], { CONFLICT: 'email' })
      if (!field || (field === 'email' && !person)) return setFailure(error)
      form.setError(field, { message: withoutPath(problem) }, { shouldFocus: true })
    }
  })
  return (
    <FormDialog
      busy={isSubmitting}
      denied={denied}
      description={person ? words.personHint : words.programHint}
      error={failure}
      onClose={onClose}
      onSubmit={() => void submit()}
      shape="drawer"
      submit={person ? t.users.addPerson : t.users.addProgram}
      testId="user-form"
      title={person ? t.users.addPerson : t.users.addProgram}
    >
      <Field error={errors.name?.message} label={t.login.account.name}>
        {(attributes) => (
          <Input
            {...attributes}
            {...form.register('name', { validate: (text) => text.trim() !== '' || words.nameMissing })}
            autoComplete="off"
            autoFocus
            maxLength={100}
          />
        )}
      </Field>
      {person && (
        <>
          <Field error={errors.email?.message} label={t.login.email}>
            {(attributes) => (
              <Input
                {...attributes}
                {...form.register('email', { required: words.emailMissing })}
                autoCapitalize="none"
                autoComplete="off"
                type="email"
              />
            )}
          </Field>
          <NewPassword
            {...form.register('password', { validate: (text) => fitsLength(text) || t.login.rules.tooShort })}
            error={errors.password?.message}
            label={words.firstPassword}
            owner={[email, name]}
            value={password}
          />
        </>
      )}
      <GrantsField
        error={isSubmitted && fault ? t.users.grants.fault[fault] : undefined}
        onChange={setGrants}
        values={grants}
      />
    </FormDialog>
  )
}
