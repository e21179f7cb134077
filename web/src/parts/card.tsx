import type { ReactNode } from 'react'

import { cx } from './cx'
import { RefetchBar } from './feedback'

/** A titled surface. */
export function Card({
  title,
  aside,
  children,
  className,
  refreshing = false,
}: {
  title: string
  aside?: ReactNode
  children: ReactNode
  className?: string
  refreshing?: boolean
}) {
  return (
    <section aria-label={title} className={cx('card relative flex min-w-0 flex-col', className)}>
      <RefetchBar active={refreshing} />
      <header className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 px-4 pt-2.5 pb-1.5">
        <h2 className="flex-1 font-semibold text-[15px]">{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  )
}
