import type { AlertSeverity, DeviceStatus, Reachability } from '../gql/graphql'
import type { LiveState } from '../live/device-states'
import { useWords } from '../texts/language'
import { cx } from './cx'
import { Icon, type IconName } from './icon'

interface Look {
  icon: IconName
  /** Full colour, for shapes. */
  solid: string
  /** Tinted surface with readable words. */
  soft: string
  text: string
}

/** One look a state, everywhere: colour, shape and words together, never colour alone (WCAG 1.4.1). */
export const stateLook: Readonly<Record<Reachability, Look>> = {
  UP: { icon: 'up', solid: 'bg-up', soft: 'bg-up-soft text-up-ink', text: 'text-up-ink' },
  DEGRADED: {
    icon: 'degraded',
    solid: 'bg-degraded',
    soft: 'bg-degraded-soft text-degraded-ink',
    text: 'text-degraded-ink',
  },
  DOWN: { icon: 'down', solid: 'bg-down', soft: 'bg-down-soft text-down-ink', text: 'text-down-ink' },
  UNREACHABLE: {
    icon: 'unreachable',
    solid: 'bg-unreachable',
    soft: 'bg-unreachable-soft text-unreachable-ink',
    text: 'text-unreachable-ink',
  },
  UNKNOWN: {
    icon: 'unknown',
    solid: 'bg-unknown',
    soft: 'bg-unknown-soft text-unknown-ink',
    text: 'text-unknown-ink',
  },
}

/** The states, worst first. */
export const statesWorstFirst: readonly Reachability[] = ['DOWN', 'UNREACHABLE', 'DEGRADED', 'UNKNOWN', 'UP']

const badge =
  'inline-flex h-6 items-center gap-1 whitespace-nowrap rounded-full pr-2 pl-1.5 font-medium text-[13px]'

/** What state a device is in. A paused device says so instead, because its last state means nothing. */
export function StateBadge({ state, status }: { state: LiveState | undefined; status?: DeviceStatus }) {
  const { t } = useWords()
  const reachability = state?.reachability ?? 'UNKNOWN'
  const reason = state && t.network.reason[state.reason as keyof typeof t.network.reason]
  if (status === 'DISABLED' || status === 'DELETED') {
    return (
      <span
        className={cx(badge, 'bg-unknown-soft text-unknown-ink')}
        data-state={status}
        data-testid="state-badge"
      >
        <Icon name={status === 'DISABLED' ? 'pause' : 'trash'} size={14} />
        {t.network.status[status]}
      </span>
    )
  }
  const { icon, soft } = stateLook[reachability]
  return (
    <span
      className={cx(badge, soft, state?.stale && 'opacity-80')}
      data-state={reachability}
      data-testid="state-badge"
      title={reason ?? state?.reason}
    >
      <Icon name={icon} size={14} />
      {t.network.reachability[reachability]}
      {status === 'MAINTENANCE' && <span className="font-normal">· {t.network.status.MAINTENANCE}</span>}
      {state?.stale && <span className="font-normal">· {t.shell.states.stale}</span>}
    </span>
  )
}

const severityLook: Readonly<Record<AlertSeverity, { icon: IconName; soft: string; text: string }>> = {
  CRITICAL: { icon: 'critical', soft: 'bg-down-soft text-down-ink', text: 'text-down-ink' },
  WARNING: { icon: 'warning', soft: 'bg-degraded-soft text-degraded-ink', text: 'text-degraded-ink' },
  INFO: { icon: 'info', soft: 'bg-info-soft text-info-ink', text: 'text-info-ink' },
}

/** How bad an alert is. */
export function SeverityBadge({ severity, bare = false }: { severity: AlertSeverity; bare?: boolean }) {
  const { t } = useWords()
  const { icon, soft, text } = severityLook[severity]
  return (
    <span
      className={bare ? cx('inline-flex items-center gap-1.5', text) : cx(badge, soft)}
      data-severity={severity}
    >
      <Icon name={icon} size={bare ? 16 : 14} />
      <span className={bare ? 'sr-only' : undefined}>{t.network.severity[severity]}</span>
    </span>
  )
}

/** A ratio 0–1 as a short bar with its figure; warns from 80 % and alarms from 90 %. */
export function Meter({ ratio, label }: { ratio: number | null | undefined; label: string }) {
  const { format } = useWords()
  if (ratio == null) return <span className="text-ink-mute">–</span>
  const tone = ratio >= 0.9 ? 'bg-down' : ratio >= 0.8 ? 'bg-degraded' : 'bg-accent'
  return (
    <span className="inline-flex items-center gap-2 align-middle" title={label}>
      <span aria-hidden="true" className="h-1.5 w-9 overflow-hidden rounded-full bg-sunken dark:bg-line">
        <span
          className={cx('block h-full rounded-full transition-[width] duration-500', tone)}
          style={{ width: `${Math.min(100, Math.max(2, ratio * 100))}%` }}
        />
      </span>
      <span className="num w-9 text-right">{format.percent(ratio)}</span>
    </span>
  )
}
