import { useQuery } from '@apollo/client/react'
import { Link } from '@tanstack/react-router'

import { loaded } from '../app/loaded'
import { DeviceNeighborsDocument } from '../gql/graphql'
import { Card } from '../parts/card'
import { Ago } from '../parts/clock'
import { DeviceDot } from '../parts/device-dot'
import { Empty, ProblemNote, Skeleton } from '../parts/feedback'
import { useWords } from '../texts/language'
import type { DeviceName } from './device-actions'
import { LinkEvidence } from './link-evidence'
import { AddLink } from './link-form'
import { RemoveLink } from './link-remove'
import { portName } from './topology-graph'
import { EndCell } from './topology-list'

/** What a device is connected to, and through whom it is reached. */
export function DeviceNeighbors({ device }: { device: DeviceName }) {
  const { t } = useWords()
  const deviceId = device.id
  const query = useQuery(DeviceNeighborsDocument, { variables: { id: deviceId }, pollInterval: 60_000 })
  const { data, error, first, refreshing } = loaded(query)
  const { neighbors = [], parents = [], parentSource } = data?.device ?? {}
  return (
    <Card
      aside={
        <>
          <Link className="text-accent text-sm hover:underline" search={{ device: deviceId }} to="/topology">
            {t.topology.showOnMap}
          </Link>
          <AddLink device={device} />
        </>
      }
      className="xl:col-span-2"
      refreshing={refreshing}
      title={t.topology.neighbors}
    >
      <div className="px-4 pb-3" data-testid="device-neighbors">
        {error !== undefined && (
          <ProblemNote error={error} keeps={!first} onRetry={() => void query.refetch()} />
        )}
        {first && <Skeleton className="h-20" />}
        {parents.length > 0 && (
          <p className="mb-2 flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
            <span className="text-ink-mute">{t.topology.parents}</span>
            {parents.map(({ id, name }) => (
              <Link
                className="inline-flex items-center gap-1.5 font-medium hover:underline"
                key={id}
                params={{ id }}
                to="/devices/$id"
              >
                <DeviceDot id={id} size={14} />
                {name}
              </Link>
            ))}
            <span className="text-ink-mute text-xs">
              {parentSource === 'MANUAL' ? t.topology.byHand : t.topology.computed}
            </span>
          </p>
        )}
        {data && neighbors.length === 0 && (
          <Empty hint={t.topology.noneHint} icon="topology" title={t.topology.none} />
        )}
        <ul>
          {neighbors.map((link) => {
            const isFrom = link.from.device?.id === deviceId
            const [near, far] = isFrom ? [link.from, link.to] : [link.to, link.from]
            return (
              <li
                className="grid grid-cols-[minmax(72px,auto)_1fr] items-center gap-x-3 border-line border-t py-1 text-sm sm:grid-cols-[minmax(96px,auto)_1fr_auto]"
                key={link.id}
              >
                <span className="truncate font-mono text-ink-soft text-xs">{portName(near) ?? '–'}</span>
                <EndCell end={far} />
                <span className="num flex min-h-6 items-center gap-1 text-ink-mute text-xs max-sm:col-span-2">
                  <span>
                    <LinkEvidence link={link} />
                    {!link.isCurrent && (
                      <>
                        {' · '}
                        <Ago at={link.lastSeenAt} />
                      </>
                    )}
                  </span>
                  <RemoveLink link={link} />
                </span>
              </li>
            )
          })}
        </ul>
      </div>
    </Card>
  )
}
