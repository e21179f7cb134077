import { useState } from 'react'

import { useTitle } from '../app/title'
import { Button } from '../parts/button'
import { Empty } from '../parts/feedback'
import { useWords } from '../texts/language'
import { FactorSetup } from './factor-setup'

/** In place of every page, until somebody has set up the second factor that this installation requires. */
export function FactorRequiredPage() {
  const { t } = useWords()
  const { factor } = t.profile
  useTitle(factor.title)
  const [open, setOpen] = useState(false)
  return (
    <section className="py-[8dvh]" data-testid="factor-required">
      <h1 className="sr-only">{factor.title}</h1>
      <Empty hint={factor.requiredHint} icon="shield" title={factor.requiredTitle}>
        <Button icon="shield" kind="primary" onClick={() => setOpen(true)}>
          {factor.setUp}
        </Button>
      </Empty>
      {open && <FactorSetup onClose={() => setOpen(false)} />}
    </section>
  )
}
