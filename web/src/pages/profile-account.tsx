import { useMutation } from '@apollo/client/react'
import { type ReactNode, type SubmitEvent, useState } from 'react'
import { toast } from 'sonner'

import { problemOf, withoutPath } from '../app/problem'
import { refreshSession } from '../app/session'
import { RenameUserDocument } from '../gql/graphql'
import { Button } from '../parts/button'
import { Card } from '../parts/card'
import { Field, Input } from '../parts/field'
import { GrantBadge } from '../parts/permission'
import { useWords } from '../texts/language'
import type { Me } from './profile-page'

/** Who one is: the name can be changed here, e-mail address and roles by an administrator. */
export function ProfileAccount({ me }: { me: Me }) {
  const { t, format } = useWords()
  const { account } = t.profile
  const { user, grants } = me
  return (
    <Card title={account.title}>
      <div className="flex flex-col gap-4 px-4 pb-4">
        <NameForm id={user.id} name={user.name} />
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-4 gap-y-2 text-sm">
          <Fact name={t.login.email}>{user.email}</Fact>
          <Fact name={account.roles}>
            <span className="flex flex-wrap gap-1.5">
              {grants.map((grant) => (
                <GrantBadge grant={grant} key={grant.role} />
              ))}
            </span>
          </Fact>
          <Fact name={account.since}>{format.full(Date.parse(user.createdAt))}</Fact>
        </dl>
        <p className="text-[13px] text-ink-mute">{account.hint}</p>
      </div>
    </Card>
  )
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <>
    <dt className="text-ink-mute">{name}</dt>
    <dd className="min-w-0 break-words">{children}</dd>
  </>
)

function NameForm({ id, name }: { id: string; name: string }) {
  const { t } = useWords()
  const { account } = t.profile
  const [text, setText] = useState(name)
  const [problem, setProblem] = useState<string>()
  const [rename, { loading }] = useMutation(RenameUserDocument)
  const changed = text.trim() !== name
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if (!text.trim()) return setProblem(t.login.account.nameMissing)
    setProblem(undefined)
    try {
      await rename({ variables: { id, name: text.trim() } })
      // The session holds the name, too: the menu at the top shows it.
      await refreshSession()
      toast.success(account.saved)
    } catch (error) {
      setProblem(withoutPath(problemOf(error)))
    }
  }
  return (
    <form className="flex items-start gap-2" onSubmit={submit}>
      <Field className="flex-1" error={problem} label={t.login.account.name}>
        {(attributes) => (
          <Input
            {...attributes}
            autoComplete="name"
            maxLength={100}
            onChange={(event) => setText(event.target.value)}
            value={text}
          />
        )}
      </Field>
      <Button className="mt-[23px]" disabled={!changed || loading} type="submit">
        {t.profile.save}
      </Button>
    </form>
  )
}
