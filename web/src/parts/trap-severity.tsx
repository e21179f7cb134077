import type { Severity } from '../gql/graphql'
import { useWords } from '../texts/language'
import { cx } from './cx'
import { Icon, type IconName } from './icon'

type Look = Readonly<{ icon: IconName; soft: string; text: string }>
const grave: Look = { icon: 'critical', soft: 'bg-down-soft text-down-ink', text: 'text-down-ink' }
const uneasy: Look = {
  icon: 'warning',
  soft: 'bg-degraded-soft text-degraded-ink',
  text: 'text-degraded-ink',
}
const calm: Look = { icon: 'info', soft: 'bg-info-soft text-info-ink', text: 'text-info-ink' }
const quiet: Look = { icon: 'dot', soft: 'bg-unknown-soft text-unknown-ink', text: 'text-unknown-ink' }

/** Eight severities in four looks; the words tell apart what looks alike. */
const looks: Readonly<Record<Severity, Look>> = {
  EMERGENCY: grave,
  ALERT: grave,
  CRITICAL: grave,
  ERROR: grave,
  WARNING: uneasy,
  NOTICE: calm,
  INFO: quiet,
  DEBUG: quiet,
}

/** How grave a trap is. */
export function TrapSeverity({ severity, bare = false }: { severity: Severity; bare?: boolean }) {
  const { t } = useWords()
  const { icon, soft, text } = looks[severity]
  return (
    <span
      className={
        bare
          ? cx('inline-flex items-center gap-1.5', text)
          : cx(
              'inline-flex h-6 items-center gap-1 whitespace-nowrap rounded-full pr-2 pl-1.5 font-medium text-[13px]',
              soft,
            )
      }
      data-severity={severity}
    >
      <Icon name={icon} size={bare ? 16 : 14} />
      <span className={bare ? 'sr-only' : undefined}>{t.traps.severity[severity]}</span>
    </span>
  )
}
