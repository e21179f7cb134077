import { useFragment } from '@apollo/client/react'
import { Link } from '@tanstack/react-router'

import { type AlertListQuery, AlertRowFragmentDoc } from '../gql/graphql'
import { Ago } from '../parts/clock'
import { cx } from '../parts/cx'
import { Icon } from '../parts/icon'
import { SeverityBadge } from '../parts/state'
import { useWords } from '../texts/language'

export type AlertNode = AlertListQuery['alerts']['nodes'][number]

/** An alert in one line, for lists below a device. */
export function AlertLine({ from }: { from: AlertNode }) {
  const { t } = useWords()
  const { data: alert, complete } = useFragment({ fragment: AlertRowFragmentDoc, from })
  if (!complete) return null
  return (
    <li className="border-line border-t">
      <Link
        className="flex items-center gap-2.5 px-4 py-2 hover:bg-hover"
        search={{ alert: alert.id, state: 'all' }}
        to="/alerts"
      >
        <SeverityBadge bare severity={alert.severity} />
        <span className="min-w-0 flex-1">
          <span className={cx('block truncate', alert.state === 'RESOLVED' && 'text-ink-mute')}>
            {alert.summary}
          </span>
          <span className="block truncate text-ink-mute text-xs">
            {alert.rule.name} · {t.network.alertState[alert.state]}
          </span>
        </span>
        {alert.acknowledgement && <Icon className="text-up-ink" name="check" />}
        <Ago at={alert.startsAt} className="num shrink-0 text-ink-mute text-xs" />
      </Link>
    </li>
  )
}
