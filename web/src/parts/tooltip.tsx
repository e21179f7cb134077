import { Tooltip as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

/** Words that appear on hover and focus; they can be hovered and dismissed with Escape (WCAG 1.4.13). */
export function Tooltip({
  text,
  children,
  side = 'top',
}: {
  text: ReactNode
  children: ReactNode
  side?: 'top' | 'right' | 'bottom' | 'left'
}) {
  if (!text) return children
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          className="popover z-60 max-w-72 px-2.5 py-1.5 text-[13px] text-ink-soft"
          collisionPadding={8}
          side={side}
          sideOffset={6}
        >
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
