import { type ErrorComponentProps, Link } from '@tanstack/react-router'

import { Button } from '../parts/button'
import { Empty } from '../parts/feedback'
import { useWords } from '../texts/language'
import { Logo } from './logo'

/** While the first page is on its way. */
export function Splash() {
  const { t } = useWords()
  return (
    <div className="flex min-h-dvh items-center justify-center" role="status">
      <Logo size={36} />
      <span className="sr-only">{t.shell.states.loading}</span>
    </div>
  )
}

export function NotFound() {
  const { t } = useWords()
  return (
    <main className="flex min-h-[60dvh] items-center justify-center">
      <Empty hint={t.shell.problem.notFoundHint} icon="unknown" title={t.shell.problem.notFound}>
        <Link
          className="inline-flex h-[34px] items-center rounded-[7px] bg-accent px-3 font-medium text-accent-ink"
          to="/"
        >
          {t.shell.problem.home}
        </Link>
      </Empty>
    </main>
  )
}

/** A page that threw: also when a new release has replaced the file a lazy page wanted to load. */
export function Crash({ error }: ErrorComponentProps) {
  const { t } = useWords()
  return (
    <main className="flex min-h-[60dvh] flex-col items-center justify-center" role="alert">
      <Empty hint={t.shell.problem.crashedHint} icon="critical" title={t.shell.problem.crashed}>
        <Button icon="refresh" kind="primary" onClick={() => location.reload()}>
          {t.shell.problem.reload}
        </Button>
      </Empty>
      <p className="max-w-xl break-words px-6 font-mono text-ink-mute text-xs">
        {error instanceof Error ? error.message : String(error)}
      </p>
    </main>
  )
}
