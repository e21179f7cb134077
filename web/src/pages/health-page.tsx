import { useQuery } from '@apollo/client/react'

import { loaded } from '../app/loaded'
import { useTitle } from '../app/title'
import { PipelinePageDocument, type PipelinePageQuery } from '../gql/graphql'
import { cx } from '../parts/cx'
import { ProblemNote, Skeleton } from '../parts/feedback'
import { Icon } from '../parts/icon'
import { useWords } from '../texts/language'
import { HealthCharts } from './health-charts'
import { collectorFigures, successLevel } from './health-level'
import { Queues, Refused, Slowest } from './health-lists'
import { levelLook } from './health-look'
import { Stages } from './health-stages'

const everyMs = 5_000
const minutes = 60
const slowest = 10

/** How SOTP itself is doing, from polls to charts, and what to do where it is not well. */
export function HealthPage() {
  const { t } = useWords()
  useTitle(t.health.title)
  const query = useQuery(PipelinePageDocument, { variables: { minutes, slowest }, pollInterval: everyMs })
  const { data, error, first } = loaded(query)
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-x-3 gap-y-1">
        <h1 className="font-semibold text-2xl tracking-tight">{t.health.title}</h1>
        {data && <Verdict ok={data.pipelineHealth.ok} />}
        <span className="text-ink-mute text-xs max-sm:basis-full sm:ml-auto">{t.health.every}</span>
      </div>
      {error !== undefined && (
        <ProblemNote
          className="mb-3"
          error={error}
          keeps={Boolean(data)}
          onRetry={() => void query.refetch()}
        />
      )}
      {first && <PageSkeleton />}
      {data && <Found data={data} />}
    </>
  )
}

function Found({ data }: { data: PipelinePageQuery }) {
  const { pipelineHealth } = data
  return (
    <div className="grid gap-4 xl:grid-cols-2">
      <Tiles data={data} />
      <Stages stages={pipelineHealth.stages} />
      <HealthCharts minutes={pipelineHealth.minutes} />
      <Queues collectors={collectorFigures(pipelineHealth.minutes)} queues={pipelineHealth.queues} />
      <Slowest devices={pipelineHealth.slowest} />
      <Refused refused={pipelineHealth.refused} />
    </div>
  )
}

function Verdict({ ok }: { ok: boolean }) {
  const { t } = useWords()
  const { icon, soft } = levelLook[ok ? 'good' : 'bad']
  return (
    <span
      className={cx(
        'inline-flex h-6 items-center gap-1 rounded-full pr-2 pl-1.5 font-medium text-[13px]',
        soft,
      )}
      data-testid="pipeline-verdict"
      role="status"
    >
      <Icon name={icon} size={14} />
      {ok ? t.overview.health.ok : t.overview.health.bad}
    </span>
  )
}

/** The few figures that say most. */
function Tiles({ data: { networkSummary, pipelineHealth } }: { data: PipelinePageQuery }) {
  const { t, fill, format } = useWords()
  const { tile } = t.health
  const perSecond = (value: number | null) =>
    value === null ? '–' : fill(t.network.unit.perSecond, { value: format.si(value) })
  const newest = pipelineHealth.minutes.at(-1)?.at
  const samples = pipelineHealth.minutes
    .filter(({ at }) => at === newest)
    .reduce((sum, minute) => sum + minute.samples, 0)
  const refused = pipelineHealth.refused.reduce((sum, { count }) => sum + count, 0)
  const success = networkSummary.pollSuccessRatio
  const tiles = [
    [tile.samples, perSecond(newest === undefined ? null : samples / 60), 'good'],
    [tile.polls, perSecond(networkSummary.pollsPerSecond), 'good'],
    [tile.success, format.percent(success, 1), successLevel(success)],
    [
      tile.lag,
      format.duration(networkSummary.ingestLagSeconds),
      (networkSummary.ingestLagSeconds ?? 0) > 60 ? 'warn' : 'good',
    ],
    [tile.refused, format.si(refused), refused > 0 ? 'warn' : 'good'],
  ] as const
  return (
    <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5 xl:col-span-2">
      {tiles.map(([name, value, level]) => (
        <div className="card px-4 py-3 max-lg:last:col-span-2" key={name}>
          <dt className="text-ink-mute text-sm">{name}</dt>
          <dd className="num flex items-center gap-2 font-semibold text-2xl">
            {value}
            {level !== 'good' && level !== 'idle' && (
              <span className={cx('flex items-center', levelLook[level].text)}>
                <Icon name={levelLook[level].icon} size={18} />
                <span className="sr-only">{t.health.level[level]}</span>
              </span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}

const PageSkeleton = () => (
  <div className="grid gap-4 xl:grid-cols-2">
    <Skeleton className="h-20 xl:col-span-2" />
    <Skeleton className="h-64 xl:col-span-2" />
    <Skeleton className="h-64" />
    <Skeleton className="h-64" />
  </div>
)
