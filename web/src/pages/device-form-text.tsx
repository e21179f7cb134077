import { type FieldError, type FieldPath, get, useFormContext } from 'react-hook-form'

import { Field, Input } from '../parts/field'
import { useWords } from '../texts/language'
import type { DeviceValues } from './device-form-values'

/** A labelled text field of the form. */
export function TextField({
  name,
  label,
  hint,
  required = false,
  minLength,
  ...rest
}: {
  name: FieldPath<DeviceValues>
  label: string
  hint?: string
  required?: boolean
  minLength?: number
} & Omit<React.ComponentProps<'input'>, 'name' | 'required' | 'minLength'>) {
  const { t } = useWords()
  const { register, formState } = useFormContext<DeviceValues>()
  const error = (get(formState.errors, name) as FieldError | undefined)?.message
  const rules = {
    ...(required && { required: t.devices.form.required }),
    ...(minLength && { minLength: { value: minLength, message: t.devices.form.keyShort } }),
  }
  return (
    <Field error={error} hint={hint} label={label}>
      {(attributes) => (
        <Input {...rest} {...attributes} {...register(name, rules)} aria-required={required} />
      )}
    </Field>
  )
}
