import type { ReactNode } from 'react'

import { useWords } from '../texts/language'
import { cx } from './cx'
import { Icon } from './icon'
import { Menu, MenuCheck, MenuItem, MenuLine } from './menu'

interface FilterMenuProps<Value extends string> {
  label: string
  options: readonly { value: Value; text: string; mark?: ReactNode }[]
  chosen: readonly Value[] | undefined
  onChange: (chosen: Value[] | undefined) => void
}

/** A filter of which several values may be chosen; the button says what is chosen. */
export function FilterMenu<Value extends string>({
  label,
  options,
  chosen = [],
  onChange,
}: FilterMenuProps<Value>) {
  const { t } = useWords()
  const texts = options.filter(({ value }) => chosen.includes(value)).map(({ text }) => text)
  const toggle = (value: Value, on: boolean) => {
    const next = options
      .map((option) => option.value)
      .filter((each) => (each === value ? on : chosen.includes(each)))
    onChange(next.length > 0 ? next : undefined)
  }
  return (
    <Menu
      align="start"
      trigger={
        <button
          className={cx(
            'inline-flex h-[34px] max-w-64 items-center gap-1.5 rounded-[7px] border px-2.5 text-sm',
            texts.length > 0
              ? 'border-accent bg-accent-soft text-ink'
              : 'border-line-strong bg-surface text-ink',
          )}
          type="button"
        >
          <span className={texts.length > 0 ? 'text-ink-soft' : undefined}>{label}</span>
          {texts.length > 0 && <span className="truncate font-medium">{texts.join(', ')}</span>}
          <Icon className="text-ink-mute" name="chevronDown" size={14} />
        </button>
      }
    >
      {options.map(({ value, text, mark }) => (
        <MenuCheck checked={chosen.includes(value)} key={value} onChange={(on) => toggle(value, on)}>
          {mark}
          {text}
        </MenuCheck>
      ))}
      {chosen.length > 0 && (
        <>
          <MenuLine />
          <MenuItem icon="close" onSelect={() => onChange(undefined)}>
            {t.shell.actions.clear}
          </MenuItem>
        </>
      )}
    </Menu>
  )
}
