import type { JobState } from '../gql/graphql'
import { cx } from '../parts/cx'
import { Icon, type IconName } from '../parts/icon'
import { useWords } from '../texts/language'
import type { HostStatus } from './discovery-hosts-of'

const badge =
  'inline-flex h-6 items-center gap-1 whitespace-nowrap rounded-full pr-2 pl-1.5 font-medium text-[13px]'

const runLooks: Readonly<Record<JobState, { icon: IconName; soft: string }>> = {
  QUEUED: { icon: 'clock', soft: 'bg-unknown-soft text-unknown-ink' },
  RUNNING: { icon: 'search', soft: 'bg-info-soft text-info-ink' },
  SUCCEEDED: { icon: 'checkCircle', soft: 'bg-up-soft text-up-ink' },
  FAILED: { icon: 'critical', soft: 'bg-down-soft text-down-ink' },
  CANCELLED: { icon: 'pause', soft: 'bg-degraded-soft text-degraded-ink' },
}

/** How a search is. */
export function RunState({ state }: { state: JobState }) {
  const { t } = useWords()
  const { icon, soft } = runLooks[state]
  return (
    <span className={cx(badge, soft)} data-state={state} data-testid="run-state">
      <Icon name={icon} size={14} />
      {t.discovery.state[state]}
    </span>
  )
}

const hostLooks: Readonly<Record<HostStatus, { icon: IconName; soft: string }>> = {
  NEW: { icon: 'plus', soft: 'bg-accent-soft text-ink' },
  KNOWN: { icon: 'devices', soft: 'bg-unknown-soft text-unknown-ink' },
  DUPLICATE: { icon: 'copy', soft: 'bg-degraded-soft text-degraded-ink' },
  ACCEPTED: { icon: 'check', soft: 'bg-up-soft text-up-ink' },
}

/** What a host is to us. */
export function HostBadge({ status }: { status: HostStatus }) {
  const { t } = useWords()
  const { icon, soft } = hostLooks[status]
  return (
    <span className={cx(badge, soft)} data-status={status}>
      <Icon name={icon} size={14} />
      {t.discovery.status[status]}
    </span>
  )
}
