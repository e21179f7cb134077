import { DropdownMenu } from 'radix-ui'
import type { ReactNode } from 'react'

import { cx } from './cx'
import { Icon, type IconName } from './icon'

const itemClass =
  'flex min-h-8 max-md:min-h-10 cursor-pointer select-none items-center gap-2.5 rounded-md px-2 py-1 text-sm text-ink-soft outline-none data-highlighted:bg-hover data-highlighted:text-ink data-disabled:cursor-not-allowed data-disabled:opacity-55'

/** A menu that opens from its trigger (one focusable element). */
export function Menu({
  trigger,
  children,
  align = 'end',
}: {
  trigger: ReactNode
  children: ReactNode
  align?: 'start' | 'end'
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          className="popover z-50 max-h-[min(480px,var(--radix-dropdown-menu-content-available-height))] min-w-48 overflow-y-auto p-1.5"
          collisionPadding={8}
          sideOffset={6}
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

interface MenuItemProps {
  icon?: IconName
  children: ReactNode
  onSelect: () => void
  danger?: boolean
  /** It leads to where one is. */
  chosen?: boolean
  /** Why it cannot be used; said below its words. */
  denied?: string | false | undefined
}

export function MenuItem({
  icon,
  children,
  onSelect,
  danger = false,
  chosen = false,
  denied,
}: MenuItemProps) {
  return (
    <DropdownMenu.Item
      aria-current={chosen ? 'page' : undefined}
      className={cx(
        itemClass,
        danger && 'text-down-ink data-highlighted:text-down-ink',
        chosen && 'bg-accent-soft font-medium text-ink',
      )}
      disabled={Boolean(denied)}
      onSelect={onSelect}
    >
      {icon && <Icon name={icon} />}
      <span className="flex flex-col">
        {children}
        {denied && <span className="max-w-56 text-xs">{denied}</span>}
      </span>
    </DropdownMenu.Item>
  )
}

/** A group of which one is chosen. */
export function MenuChoices<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: Value
  options: Readonly<Record<Value, string>>
  onChange: (value: Value) => void
}) {
  return (
    <DropdownMenu.RadioGroup
      onValueChange={(next) => onChange(next as Value)}
      value={value}
      aria-label={label}
    >
      <MenuLabel>{label}</MenuLabel>
      {(Object.keys(options) as Value[]).map((key) => (
        <DropdownMenu.RadioItem
          className={itemClass}
          key={key}
          onSelect={(event) => event.preventDefault()}
          value={key}
        >
          <span className="w-4">
            <DropdownMenu.ItemIndicator>
              <Icon className="text-accent" name="check" />
            </DropdownMenu.ItemIndicator>
          </span>
          {options[key]}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  )
}

export function MenuCheck({
  children,
  checked,
  onChange,
}: {
  children: ReactNode
  checked: boolean
  onChange: (checked: boolean) => void
}) {
  return (
    <DropdownMenu.CheckboxItem
      checked={checked}
      className={itemClass}
      onCheckedChange={onChange}
      onSelect={(event) => event.preventDefault()}
    >
      <span
        className={cx(
          'flex size-4 items-center justify-center rounded-[4px] border',
          checked ? 'border-accent bg-accent text-accent-ink' : 'border-line-strong',
        )}
      >
        {checked && <Icon name="check" size={12} />}
      </span>
      {children}
    </DropdownMenu.CheckboxItem>
  )
}

export const MenuLabel = ({ children }: { children: ReactNode }) => (
  <DropdownMenu.Label className="px-2 pt-1.5 pb-1 text-ink-mute text-xs">{children}</DropdownMenu.Label>
)

export const MenuLine = () => <DropdownMenu.Separator className="mx-1 my-1.5 h-px bg-line" />
