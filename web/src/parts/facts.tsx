import type { ReactNode } from 'react'

import { copyText } from '../app/clipboard'
import { useWords } from '../texts/language'
import { IconButton } from './button'
import { cx } from './cx'

/** What is known of one thing: names on the left, what they are on the right. */
export const Facts = ({ children, className }: { children: ReactNode; className?: string }) => (
  <dl
    className={cx(
      'num grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-4 gap-y-2 text-sm',
      className,
    )}
  >
    {children}
  </dl>
)

/** One of them; nothing at all where there is nothing to say. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === null || children === undefined || children === '') return null
  return (
    <>
      <dt className="text-ink-mute">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  )
}

/** An id or a number to look for elsewhere. */
export function CopyFact({ name, value }: { name: string; value: string | null }) {
  const { t, fill } = useWords()
  if (!value) return null
  return (
    <Fact name={name}>
      <span className="flex items-center gap-1">
        <code className="min-w-0 truncate font-mono text-[12.5px]" title={value}>
          {value}
        </code>
        <IconButton
          className="-my-1 size-6"
          icon="copy"
          label={fill(t.shell.actions.copyNamed, { name })}
          onClick={() => void copyText(value, t.shell.actions.copied)}
          size={14}
        />
      </span>
    </Fact>
  )
}
