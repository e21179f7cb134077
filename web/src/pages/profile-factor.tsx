import { useState } from 'react'

import { Button } from '../parts/button'
import { Card } from '../parts/card'
import { Icon } from '../parts/icon'
import { useWords } from '../texts/language'
import { FactorDisable, FactorRenew } from './factor-change'
import { FactorSetup } from './factor-setup'

/** The second factor: whether it is on, and the ways to change that. */
export function ProfileFactor({ active }: { active: boolean }) {
  const { t } = useWords()
  const { factor } = t.profile
  const [open, setOpen] = useState<'setup' | 'renew' | 'disable'>()
  const close = () => setOpen(undefined)
  return (
    <Card
      aside={
        <span
          className={
            active
              ? 'inline-flex h-6 items-center gap-1 rounded-full bg-up-soft px-2 font-medium text-[13px] text-up-ink'
              : 'inline-flex h-6 items-center gap-1 rounded-full bg-degraded-soft px-2 font-medium text-[13px] text-degraded-ink'
          }
          data-testid="factor-state"
        >
          <Icon name={active ? 'shield' : 'warning'} size={14} />
          {active ? factor.on : factor.off}
        </span>
      }
      title={factor.title}
    >
      <div className="flex flex-col items-start gap-3 px-4 pb-4">
        <p className="text-ink-mute text-sm">{active ? factor.onHint : factor.offHint}</p>
        {active ? (
          <span className="flex flex-wrap gap-2">
            <Button icon="refresh" onClick={() => setOpen('renew')}>
              {factor.renew}
            </Button>
            <Button onClick={() => setOpen('disable')}>{factor.disable}</Button>
          </span>
        ) : (
          <Button icon="shield" kind="primary" onClick={() => setOpen('setup')}>
            {factor.setUp}
          </Button>
        )}
      </div>
      {open === 'setup' && <FactorSetup onClose={close} />}
      {open === 'renew' && <FactorRenew onClose={close} />}
      {open === 'disable' && <FactorDisable onClose={close} />}
    </Card>
  )
}
