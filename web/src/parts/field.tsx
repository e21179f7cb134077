import { type ComponentProps, type ReactNode, useId } from 'react'

import { cx } from './cx'
import { Icon } from './icon'

interface FieldProps {
  label: string
  hint?: string | undefined
  error?: string | undefined
  /** Gets the attributes that tie the control to its label, hint and error. */
  children: (attributes: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }) => ReactNode
  className?: string
}

/** A label above a control, with a hint or an error below that belong to it for assistive technology too. */
export function Field({ label, hint, error, children, className }: FieldProps) {
  const id = useId()
  const note = `${id}-note`
  return (
    <div className={cx('flex min-w-0 flex-col gap-1', className)}>
      <label className="font-medium text-[13px] text-ink-soft" htmlFor={id}>
        {label}
      </label>
      {children({
        id,
        ...((hint || error) && { 'aria-describedby': note }),
        ...(error && { 'aria-invalid': true }),
      })}
      {error ? (
        <p className="flex items-center gap-1 text-[13px] text-down-ink" id={note} role="alert">
          <Icon name="critical" size={14} />
          {error}
        </p>
      ) : (
        hint && (
          <p className="text-[13px] text-ink-mute" id={note}>
            {hint}
          </p>
        )
      )}
    </div>
  )
}

export const Input = ({ className, ...rest }: ComponentProps<'input'>) => (
  <input {...rest} className={cx('control w-full min-w-0', className)} />
)

export const Select = ({ className, children, ...rest }: ComponentProps<'select'>) => (
  <span className={cx('relative inline-flex min-w-0', className)}>
    <select {...rest} className="control w-full appearance-none truncate pr-8">
      {children}
    </select>
    <Icon
      className="pointer-events-none absolute top-1/2 right-2.5 -translate-y-1/2 text-ink-mute"
      name="chevronDown"
      size={14}
    />
  </span>
)

/** A switch with its words; a checkbox underneath, so that forms and assistive technology know it. */
export function Toggle({ label, hint, ...rest }: ComponentProps<'input'> & { label: string; hint?: string }) {
  return (
    <label className="inline-flex min-h-6 cursor-pointer items-center gap-2 text-sm" title={hint}>
      <input
        {...rest}
        className="peer h-[18px] w-8 shrink-0 cursor-pointer appearance-none rounded-full bg-line-strong transition-colors before:m-0.5 before:block before:size-3.5 before:rounded-full before:bg-white before:transition-transform checked:bg-accent checked:before:translate-x-3.5"
        type="checkbox"
      />
      <span>{label}</span>
    </label>
  )
}
