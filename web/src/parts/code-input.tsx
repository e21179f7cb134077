import type { ComponentProps } from 'react'

import { cx } from './cx'
import { Field, Input } from './field'

/** The characters that codes are made of: what else a paste brings along is dropped. */
const clean = (text: string) => text.replace(/[^\p{L}\p{N}-]/gu, '')

interface CodeInputProps extends Omit<ComponentProps<'input'>, 'onChange' | 'value'> {
  label: string
  hint?: string | undefined
  error?: string | undefined
  value: string
  onCode: (code: string) => void
  /** Digits alone, as an authenticator shows them; otherwise letters, too. */
  digits?: boolean
}

/** A field for a one-time code: browsers and phones offer it, and it may be pasted with spaces in it. */
export function CodeInput({ label, hint, error, value, onCode, digits = true, ...rest }: CodeInputProps) {
  return (
    <Field error={error} hint={hint} label={label}>
      {(attributes) => (
        <Input
          autoCapitalize="none"
          autoComplete={digits ? 'one-time-code' : 'off'}
          {...rest}
          {...attributes}
          className={cx('h-11 text-center font-mono', digits ? 'text-lg tracking-[0.2em]' : 'text-[15px]')}
          inputMode={digits ? 'numeric' : 'text'}
          onChange={(event) => onCode(clean(event.target.value))}
          spellCheck={false}
          value={value}
        />
      )}
    </Field>
  )
}
