import { useQuery } from '@apollo/client/react'
import { useState } from 'react'

import { useDenied } from '../app/permission'
import { PermissionListDocument } from '../gql/graphql'
import { Button } from '../parts/button'
import { useWords } from '../texts/language'
import { TokenForm } from './token-form'
import { TokensList } from './tokens-list'
import { heldBy } from './user-may'
import type { UserInPanel } from './user-panel'

/** API tokens of a user. Only a service account's can be made here: nobody makes tokens in the name of a person. */
export function UserTokens({ user }: { user: UserInPanel }) {
  const { t } = useWords()
  const denied = useDenied('user.write')
  const [making, setMaking] = useState(false)
  const { data } = useQuery(PermissionListDocument)
  const held = heldBy(user.grants, data?.permissions ?? []).map(({ info }) => info.name)
  return (
    <section>
      <div className="mb-2 flex min-h-7 items-center gap-2">
        <h3 className="flex-1 font-semibold text-sm">{t.profile.tokens.title}</h3>
        {user.kind === 'SERVICE' && (
          <Button
            small
            denied={denied ?? (user.active ? undefined : t.users.inactive)}
            icon="plus"
            onClick={() => setMaking(true)}
          >
            {t.profile.tokens.create}
          </Button>
        )}
      </div>
      <div className="-mx-4">
        <TokensList denied={denied} userId={user.id} />
      </div>
      {making && <TokenForm onClose={() => setMaking(false)} permissions={held} userId={user.id} />}
    </section>
  )
}
