import { useState } from 'react'

import { useDenied } from '../app/permission'
import { useViewer } from '../app/session'
import { Button } from '../parts/button'
import { Card } from '../parts/card'
import { useWords } from '../texts/language'
import { TokenForm } from './token-form'
import { TokensList } from './tokens-list'

/** One's own API tokens: keys for programs, with a part of one's own rights. */
export function ProfileTokens() {
  const { t } = useWords()
  const { tokens } = t.profile
  const [making, setMaking] = useState(false)
  const denied = useDenied('token.write')
  const permissions = useViewer()?.permissions ?? []
  return (
    <Card
      aside={
        <Button data-testid="new-token" denied={denied} icon="plus" onClick={() => setMaking(true)}>
          {tokens.create}
        </Button>
      }
      title={tokens.title}
    >
      <p className="px-4 pb-3 text-ink-mute text-sm">{tokens.hint}</p>
      <TokensList denied={denied} />
      {making && <TokenForm onClose={() => setMaking(false)} permissions={permissions} />}
    </Card>
  )
}
