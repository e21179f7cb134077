import { useQuery } from '@apollo/client/react'

import { loaded } from '../app/loaded'
import { useTitle } from '../app/title'
import { ProfileDocument, type ProfileQuery } from '../gql/graphql'
import { ProblemNote, Skeleton } from '../parts/feedback'
import { useWords } from '../texts/language'
import { ProfileAccount } from './profile-account'
import { ProfileFactor } from './profile-factor'
import { ProfilePassword } from './profile-password'
import { ProfileSessions } from './profile-sessions'
import { ProfileTokens } from './profile-tokens'

export type Me = NonNullable<ProfileQuery['viewer']>

/** One's own account: name, password, second factor, sessions and API tokens. */
export function ProfilePage() {
  const { t } = useWords()
  useTitle(t.profile.title)
  const query = useQuery(ProfileDocument)
  const { data, error, first } = loaded(query)
  const me = data?.viewer
  return (
    <div className="mx-auto flex max-w-6xl flex-col gap-4">
      <h1 className="font-semibold text-xl tracking-tight">{t.profile.title}</h1>
      {error !== undefined && (
        <ProblemNote error={error} keeps={me != null} onRetry={() => void query.refetch()} />
      )}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,7fr)]">
        <div className="grid gap-4">
          {first && <Skeleton className="h-64 w-full" />}
          {me && <ProfileAccount me={me} />}
          {me && <ProfilePassword {...me.user} />}
          {me && <ProfileFactor active={me.user.secondFactor} />}
        </div>
        <div className="grid gap-4">
          <ProfileSessions />
          <ProfileTokens />
        </div>
      </div>
    </div>
  )
}
