import type { ComponentProps, MouseEvent } from 'react'

import { cx } from './cx'
import { Icon, type IconName } from './icon'
import { Tooltip } from './tooltip'

const kinds = {
  primary: 'bg-accent text-accent-ink hover:brightness-110 font-medium border-transparent',
  secondary: 'bg-surface text-ink border-line hover:bg-hover hover:border-line-strong',
  ghost: 'bg-transparent text-ink-soft border-transparent hover:bg-hover hover:text-ink',
  danger: 'bg-down text-white dark:text-[#2a060c] border-transparent hover:brightness-110 font-medium',
} as const

export interface ButtonProps extends ComponentProps<'button'> {
  kind?: keyof typeof kinds
  icon?: IconName
  /** Beside text and in rows. */
  small?: boolean
  /** Why the button cannot be used now. It stays focusable, so that the reason can be read. */
  denied?: string | false | undefined
}

/** A button with words. */
export function Button({
  kind = 'secondary',
  icon,
  small = false,
  denied,
  className,
  children,
  ...rest
}: ButtonProps) {
  return (
    <Tooltip text={denied || ''}>
      <button
        type="button"
        {...rest}
        {...blocked(denied, rest.onClick)}
        className={cx(
          'inline-flex items-center justify-center gap-1.5 whitespace-nowrap rounded-[7px] border text-sm transition-colors',
          small ? 'h-7 px-2.5' : 'h-[34px] px-3',
          'disabled:opacity-55 aria-disabled:opacity-55',
          kinds[kind],
          className,
        )}
      >
        {icon && <Icon name={icon} />}
        {children}
      </button>
    </Tooltip>
  )
}

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'aria-label'> {
  icon: IconName
  label: string
  denied?: string | false | undefined
  size?: number
}

/** A square button with an icon; its label is its tooltip and its name for assistive technology. */
export function IconButton({ icon, label, denied, size = 16, className, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={denied || label}>
      <button
        type="button"
        {...rest}
        {...blocked(denied, rest.onClick)}
        aria-label={label}
        className={cx(
          'inline-flex size-8 shrink-0 items-center justify-center rounded-[7px] text-ink-mute transition-colors hover:bg-hover hover:text-ink aria-disabled:opacity-50',
          className,
        )}
      >
        <Icon name={icon} size={size} />
      </button>
    </Tooltip>
  )
}

type Click = ((event: MouseEvent<HTMLButtonElement>) => void) | undefined

function blocked(denied: string | false | undefined, onClick: Click) {
  if (!denied) return onClick ? { onClick } : {}
  return { 'aria-disabled': true, onClick: (event: MouseEvent) => event.preventDefault() } as const
}
