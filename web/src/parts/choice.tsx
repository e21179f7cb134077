import { useWords } from '../texts/language'
import { Select } from './field'

/** A filter of which one value may be chosen, or none. */
export function Choice<Value extends string>({
  label,
  value,
  options,
  any,
  onChange,
  className,
}: {
  label: string
  value: Value | undefined
  options: readonly { value: Value; text: string }[]
  /** What no choice means. */
  any?: string
  onChange: (value: Value | undefined) => void
  className?: string
}) {
  const { t } = useWords()
  return (
    <Select
      aria-label={label}
      onChange={(event) => onChange(options.find((each) => each.value === event.target.value)?.value)}
      value={value ?? ''}
      {...(className && { className })}
    >
      <option value="">
        {label}: {any ?? t.shell.states.any}
      </option>
      {options.map(({ value: each, text }) => (
        <option key={each} value={each}>
          {text}
        </option>
      ))}
    </Select>
  )
}
