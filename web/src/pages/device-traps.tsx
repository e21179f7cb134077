import { Link, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'

import { Card } from '../parts/card'
import { Empty, ProblemNote, Skeleton } from '../parts/feedback'
import { useWords } from '../texts/language'
import type { DeviceTabProps } from './device-tabs'
import { useTraps } from './traps-load'
import { TrapRows } from './traps-rows'

const most = 50

/** The device's newest traps, as they come. */
export function DeviceTraps({ device }: DeviceTabProps) {
  const deviceId = device.id
  const { t } = useWords()
  const navigate = useNavigate()
  const filter = useMemo(() => ({ deviceIds: [deviceId] }), [deviceId])
  const { data, nodes, error, first, refreshing, refetch } = useTraps({ filter, first: most })
  return (
    <Card
      aside={
        <Link className="text-accent text-sm hover:underline" search={{ device: deviceId }} to="/traps">
          {t.traps.all}
        </Link>
      }
      refreshing={refreshing}
      title={t.traps.ofDevice}
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
      {data && nodes.length === 0 && <Empty hint={t.traps.noneHint} icon="traps" title={t.traps.none} />}
      {nodes.length > 0 && (
        <div className="border-line border-t">
          <TrapRows
            nodes={nodes}
            ofDevice
            onOpen={(trap) => void navigate({ to: '/traps', search: { device: deviceId, trap } })}
          />
        </div>
      )}
    </Card>
  )
}
