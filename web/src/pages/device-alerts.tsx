import { useQuery } from '@apollo/client/react'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'

import { debounce } from '../app/debounce'
import { loaded } from '../app/loaded'
import { AlertListDocument, type AlertListQuery, type AlertState } from '../gql/graphql'
import { watchAlerts } from '../live/live'
import { Card } from '../parts/card'
import { Empty, ProblemNote, Skeleton } from '../parts/feedback'
import { useWords } from '../texts/language'
import { AlertLine } from './alert-line'
import type { DeviceTabProps } from './device-tabs'

const most = 50

/** The device's alerts, past ones too. */
export function DeviceAlerts({ device }: DeviceTabProps) {
  const { t } = useWords()
  return (
    <AlertList deviceId={device.id} states={['FIRING', 'PENDING', 'RESOLVED']} title={t.device.alerts.all} />
  )
}

/** A device's alerts in some states, newest first. */
export function AlertList({
  deviceId,
  states,
  title,
}: {
  deviceId: string
  states: AlertState[]
  title: string
}) {
  const { t } = useWords()
  const query = useQuery(AlertListDocument, {
    variables: { filter: { deviceIds: [deviceId], states }, first: most },
  })
  const { data, error, first, refreshing } = loaded<AlertListQuery>(query)
  const { refetch } = query
  useEffect(() => watchAlerts(debounce(() => void refetch().catch(() => undefined), 400)), [refetch])
  return (
    <Card
      aside={
        <Link className="text-accent text-sm hover:underline" search={{ device: deviceId }} to="/alerts">
          {t.overview.alerts.all}
        </Link>
      }
      refreshing={refreshing}
      title={title}
    >
      {error !== undefined && (
        <ProblemNote
          className="mx-4 mb-3"
          error={error}
          keeps={Boolean(data)}
          onRetry={() => void refetch()}
        />
      )}
      {first && <Skeleton className="mx-4 mb-4 h-20" />}
      {data?.alerts.nodes.length === 0 && <Empty icon="checkCircle" title={t.device.alerts.none} />}
      <ul>
        {data?.alerts.nodes.map((node) => (
          <AlertLine from={node} key={node.id} />
        ))}
      </ul>
    </Card>
  )
}
