import { useQuery } from '@apollo/client/react'

import { InterfaceAlertsDocument } from '../gql/graphql'
import { Card } from '../parts/card'
import { useWords } from '../texts/language'
import { AlertLine } from './alert-line'
import type { InterfaceDetail } from './interface-page'

const most = 100

/** The open alerts of the interface, among those of its device; nothing where there is none. */
export function InterfaceAlerts({ port }: { port: InterfaceDetail }) {
  const { t } = useWords()
  const { data } = useQuery(InterfaceAlertsDocument, {
    variables: {
      filter: { deviceIds: [port.device.id], states: ['FIRING', 'PENDING'] },
      first: most,
    },
    pollInterval: 30_000,
  })
  const own = data?.alerts.nodes.filter((node) => node.interface?.id === port.id) ?? []
  if (own.length === 0) return null
  return (
    <Card className="mt-4" title={t.interface.alerts}>
      <ul>
        {own.map((node) => (
          <AlertLine from={node} key={node.id} />
        ))}
      </ul>
    </Card>
  )
}
