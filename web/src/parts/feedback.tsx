import type { ReactNode } from 'react'

import { type Problem, problemOf } from '../app/problem'
import { useWords, type Words } from '../texts/language'
import { Button } from './button'
import { cx } from './cx'
import { Icon, type IconName } from './icon'
import { permissionText } from './permission'

/** A problem in the words of the page's language. The server's own text wins where it says more than the code. */
export function problemText(words: Words, { code, message, permission }: Problem): string {
  const { t, language, fill } = words
  if (permission) {
    const description = permissionText(words, permission)
    return fill(t.access.forbidden.missing, { permission, description })
  }
  const known = t.errors[code as keyof typeof t.errors]
  if (code === 'NETWORK') return t.errors.NETWORK
  return language === 'en' || !known ? message : known
}

/** An error in place: what failed, its code and request id for whoever reads the logs, and Retry. */
export function ProblemNote({
  error,
  onRetry,
  keeps = false,
  className,
}: {
  error: unknown
  onRetry?: () => void
  /** Older data is still shown beside this note. */
  keeps?: boolean
  className?: string
}) {
  const words = useWords()
  const { t } = words
  const problem = problemOf(error)
  return (
    <div
      className={cx(
        'flex flex-wrap items-center gap-x-3 gap-y-1.5 rounded-lg border border-down/40 bg-down-soft px-3.5 py-2.5 text-sm',
        className,
      )}
      role="alert"
    >
      <Icon className="text-down-ink" name="critical" />
      <div className="min-w-0 flex-1">
        <p className="font-medium text-down-ink">
          {t.shell.problem.title}. {keeps && t.shell.problem.keeps}
        </p>
        <p className="break-words text-ink-soft">{problemText(words, problem)}</p>
        <p className="font-mono text-ink-soft text-xs">
          {t.shell.problem.code} {problem.code}
          {problem.requestId && ` · ${t.shell.problem.request} ${problem.requestId}`}
        </p>
      </div>
      {onRetry && (
        <Button icon="refresh" onClick={onRetry}>
          {t.shell.actions.retry}
        </Button>
      )}
    </div>
  )
}

/** Says why there is nothing, and what to do next. */
export function Empty({
  icon = 'empty',
  title,
  hint,
  children,
}: {
  icon?: IconName
  title: string
  hint?: string
  children?: ReactNode
}) {
  return (
    <div className="flex flex-col items-center gap-1.5 px-6 py-12 text-center">
      <span className="mb-1 flex size-11 items-center justify-center rounded-full bg-sunken text-ink-mute">
        <Icon name={icon} size={22} />
      </span>
      <p className="font-medium">{title}</p>
      {hint && <p className="max-w-sm text-ink-mute text-sm">{hint}</p>}
      {children && <div className="mt-3 flex gap-2">{children}</div>}
    </div>
  )
}

/** A grey stand-in of the size that the content will have. */
export const Skeleton = ({ className }: { className?: string }) => (
  <span aria-hidden="true" className={cx('skeleton block', className)} />
)

/** A thin moving bar at the top of a surface while newer data is on its way. */
export function RefetchBar({ active }: { active: boolean }) {
  if (!active) return null
  return (
    <div aria-hidden="true" className="absolute inset-x-0 top-0 z-10 h-0.5 overflow-hidden rounded-t-[10px]">
      <div className="h-full w-1/4 animate-bar bg-accent" />
    </div>
  )
}
