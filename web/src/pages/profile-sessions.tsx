import { useQuery } from '@apollo/client/react'
import { useState } from 'react'

import { loaded } from '../app/loaded'
import { signOutEverywhere } from '../app/sign-in'
import { SessionListDocument } from '../gql/graphql'
import { Button } from '../parts/button'
import { Card } from '../parts/card'
import { ProblemNote, Skeleton } from '../parts/feedback'
import { FormDialog } from '../parts/form-dialog'
import { useWords } from '../texts/language'
import { SessionsList } from './sessions-list'

/** One's own sessions, on every device. */
export function ProfileSessions() {
  const { t } = useWords()
  const { sessions } = t.profile
  const query = useQuery(SessionListDocument)
  const { data, error, first } = loaded(query)
  const [asking, setAsking] = useState(false)
  const list = data?.viewer?.user.sessions
  return (
    <Card
      aside={
        <Button icon="logout" onClick={() => setAsking(true)}>
          {sessions.everywhere}
        </Button>
      }
      title={sessions.title}
    >
      {error !== undefined && (
        <ProblemNote
          className="mx-4 mb-3"
          error={error}
          keeps={list !== undefined}
          onRetry={() => void query.refetch()}
        />
      )}
      {first && <Skeleton className="mx-4 mb-4 h-16" />}
      {list && <SessionsList refetch="SessionList" sessions={list} />}
      {asking && <SignOutEverywhere onClose={() => setAsking(false)} />}
    </Card>
  )
}

function SignOutEverywhere({ onClose }: { onClose: () => void }) {
  const { t } = useWords()
  const { sessions } = t.profile
  const [state, setState] = useState<{ busy: boolean; error?: unknown }>({ busy: false })
  const submit = () => {
    setState({ busy: true })
    signOutEverywhere().catch((error: unknown) => setState({ busy: false, error }))
  }
  return (
    <FormDialog
      busy={state.busy}
      danger
      error={state.error}
      icon="logout"
      onClose={onClose}
      onSubmit={submit}
      submit={sessions.everywhere}
      title={sessions.everywhere}
    >
      <p className="text-sm">{sessions.everywhereHint}</p>
    </FormDialog>
  )
}
