import type { SensorStatus } from '../gql/graphql'
import { cx } from '../parts/cx'
import { Icon, type IconName } from '../parts/icon'
import { useWords } from '../texts/language'

interface Look {
  icon: IconName
  soft: string
}

const looks: Readonly<Record<SensorStatus | 'unknown', Look>> = {
  OK: { icon: 'up', soft: 'bg-up-soft text-up-ink' },
  WARNING: { icon: 'warning', soft: 'bg-degraded-soft text-degraded-ink' },
  CRITICAL: { icon: 'critical', soft: 'bg-down-soft text-down-ink' },
  unknown: { icon: 'minus', soft: 'bg-unknown-soft text-unknown-ink' },
}

/** How a sensor is: shape, colour and a word; `count` makes it a sum of many. */
export function SensorBadge({ status, count }: { status: SensorStatus | null; count?: number }) {
  const { t, format } = useWords()
  const { icon, soft } = looks[status ?? 'unknown']
  return (
    <span
      className={cx(
        'inline-flex h-6 items-center gap-1 whitespace-nowrap rounded-full pr-2 pl-1.5 font-medium text-[13px]',
        soft,
      )}
      data-status={status ?? 'unknown'}
    >
      <Icon name={icon} size={14} />
      {count !== undefined && <span className="num">{format.integer(count)}</span>}
      {t.sensors.status[status ?? 'unknown']}
    </span>
  )
}
