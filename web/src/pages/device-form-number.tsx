import { type FieldError, type FieldPath, get, useFormContext } from 'react-hook-form'

import { Field, Input } from '../parts/field'
import { useWords } from '../texts/language'
import type { DeviceValues } from './device-form-values'

/** A labelled field of the form for a whole number within bounds. */
export function NumberField({
  name,
  label,
  hint,
  range: [min, max],
}: {
  name: FieldPath<DeviceValues>
  label: string
  hint?: string
  range: readonly [number, number]
}) {
  const { t, fill } = useWords()
  const { register, formState } = useFormContext<DeviceValues>()
  const error = (get(formState.errors, name) as FieldError | undefined)?.message
  const message = fill(t.devices.form.number, { min, max })
  const valid = (value: unknown) =>
    (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) || message
  return (
    <Field className="min-w-24 flex-1" error={error} hint={hint} label={label}>
      {(attributes) => (
        <Input
          {...attributes}
          {...register(name, { valueAsNumber: true, validate: valid })}
          className="num"
          inputMode="numeric"
          max={max}
          min={min}
          type="number"
        />
      )}
    </Field>
  )
}
