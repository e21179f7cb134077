import { useEffect, useRef, useState } from 'react'

import { useShortcuts } from '../app/shortcuts'
import { useWords } from '../texts/language'
import { cx } from './cx'
import { Icon } from './icon'

const pauseMs = 250

/** A search field that tells of a change when typing pauses. `/` goes there, Escape empties it. */
export function SearchBox({
  value,
  label,
  onChange,
  className,
}: {
  value: string
  label: string
  onChange: (value: string) => void
  className?: string
}) {
  const { t } = useWords()
  const [text, setText] = useState(value)
  const told = useRef(value)
  const field = useRef<HTMLInputElement>(null)
  useShortcuts({ '/': () => field.current?.focus() })
  useEffect(() => {
    // The URL changed by other means (back, a link): the field follows.
    if (value !== told.current) setText(value)
    told.current = value
  }, [value])
  useEffect(() => {
    if (text === told.current) return undefined
    const timer = setTimeout(() => {
      told.current = text
      onChange(text)
    }, pauseMs)
    return () => clearTimeout(timer)
  }, [text, onChange])
  return (
    <span className={cx('relative min-w-0', className)}>
      <Icon
        className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-ink-mute"
        name="search"
      />
      <input
        aria-label={label}
        className="control w-full pr-8 pl-8 [&::-webkit-search-cancel-button]:hidden"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          if (text) setText('')
          else event.currentTarget.blur()
        }}
        placeholder={label}
        ref={field}
        type="search"
        value={text}
      />
      {text && (
        <button
          aria-label={t.shell.actions.clear}
          className="absolute top-1/2 right-1 flex size-6 -translate-y-1/2 items-center justify-center rounded text-ink-mute hover:text-ink"
          onClick={() => setText('')}
          type="button"
        >
          <Icon name="close" size={14} />
        </button>
      )}
    </span>
  )
}
