import type { ReactNode } from 'react'

import { cx } from './cx'
import { Icon, type IconName } from './icon'

const tones = {
  info: 'bg-info-soft text-info-ink',
  good: 'bg-up-soft text-up-ink',
  warning: 'bg-degraded-soft text-degraded-ink',
  bad: 'bg-down-soft text-down-ink',
} as const

/** A short message in place. A bad one is read out at once, the others when there is a pause. */
export function Notice({
  tone,
  icon,
  children,
  className,
  testId,
}: {
  tone: keyof typeof tones
  icon: IconName
  children: ReactNode
  className?: string
  testId?: string
}) {
  return (
    <div
      className={cx('flex gap-2 rounded-lg px-3 py-2 text-sm', tones[tone], className)}
      data-testid={testId}
      role={tone === 'bad' ? 'alert' : 'status'}
    >
      <Icon className="mt-0.5" name={icon} />
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  )
}
