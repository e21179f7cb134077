import type { ComponentProps } from 'react'

import { cx } from '../parts/cx'
import { Icon } from '../parts/icon'
import { PasswordInput } from '../parts/password-input'
import { useWords } from '../texts/language'
import { fitsLength, isOwnWord, lengthOf, passwordLength, repeats } from './password-rules'

interface NewPasswordProps extends Omit<ComponentProps<typeof PasswordInput>, 'autoComplete' | 'value'> {
  value: string
  /** E-mail and name, of which the password must not be made. */
  owner: readonly string[]
}

/** A new password with the rules for it, ticked off while it is typed. */
export function NewPassword({ value, owner, ...rest }: NewPasswordProps) {
  const { t, fill } = useWords()
  const { rules } = t.login
  const begun = value !== ''
  return (
    <div className="flex flex-col gap-2">
      <PasswordInput {...rest} autoComplete="new-password" value={value} />
      <ul aria-label={rules.label} className="flex flex-col gap-1 text-[13px]">
        <Rule begun={begun} kept={fitsLength(value)}>
          {fill(rules.length, { ...passwordLength })}
          <span className="num ml-auto text-ink-mute">{begun && lengthOf(value)}</span>
        </Rule>
        <Rule begun={begun} kept={!isOwnWord(value, owner) && !repeats(value)}>
          {rules.own}
        </Rule>
        <li className="flex gap-1.5 text-ink-mute">
          <Icon className="mt-px" name="info" size={15} />
          {rules.common}
        </li>
      </ul>
    </div>
  )
}

function Rule({ begun, kept, children }: { begun: boolean; kept: boolean; children: React.ReactNode }) {
  const { t } = useWords()
  const state = !begun ? undefined : kept ? t.login.rules.kept : t.login.rules.broken
  return (
    <li className={cx('flex gap-1.5', !begun ? 'text-ink-mute' : kept ? 'text-up-ink' : 'text-degraded-ink')}>
      <Icon className="mt-px" name={!begun ? 'dot' : kept ? 'check' : 'warning'} size={15} />
      {children}
      {state && <span className="sr-only">{state}</span>}
    </li>
  )
}
