import { type ComponentProps, type KeyboardEvent, useState } from 'react'

import { useWords } from '../texts/language'
import { Field, Input } from './field'
import { Icon } from './icon'

interface PasswordInputProps extends Omit<ComponentProps<'input'>, 'type'> {
  label: string
  hint?: string | undefined
  error?: string | undefined
  /** What a password manager shall do: fill in the one it has, or suggest one. */
  autoComplete: 'current-password' | 'new-password'
}

/** A labelled password field that can be shown, and that warns of Caps Lock. */
export function PasswordInput({ label, hint, error, ...rest }: PasswordInputProps) {
  const { t } = useWords()
  const [shown, setShown] = useState(false)
  const [caps, setCaps] = useState(false)
  const watchCaps = (event: KeyboardEvent) => setCaps(event.getModifierState('CapsLock'))
  return (
    <Field error={error} hint={caps ? t.login.capsLock : hint} label={label}>
      {(attributes) => (
        <span className="relative">
          <Input
            {...rest}
            {...attributes}
            className="pr-10"
            onKeyDown={watchCaps}
            onKeyUp={watchCaps}
            type={shown ? 'text' : 'password'}
          />
          <button
            aria-label={shown ? t.login.hide : t.login.show}
            aria-pressed={shown}
            className="absolute top-1/2 right-1 flex size-7 -translate-y-1/2 items-center justify-center rounded-md text-ink-mute hover:text-ink"
            onClick={() => setShown(!shown)}
            type="button"
          >
            <Icon name={shown ? 'eyeOff' : 'eye'} size={18} />
          </button>
        </span>
      )}
    </Field>
  )
}
