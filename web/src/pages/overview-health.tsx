import { skipToken, useQuery } from '@apollo/client/react'

import { loaded } from '../app/loaded'
import { useMay } from '../app/permission'
import { OverviewPipelineDocument, OverviewSummaryDocument } from '../gql/graphql'
import { Card } from '../parts/card'
import { cx } from '../parts/cx'
import { ProblemNote, Skeleton } from '../parts/feedback'
import { Icon } from '../parts/icon'
import { useWords } from '../texts/language'

const everyMs = 10_000

/** Whether SOTP itself keeps up: a monitoring system that lies about its own health is worse than none. */
export function SelfHealth() {
  const { t, format, fill } = useWords()
  const query = useQuery(OverviewSummaryDocument, { pollInterval: everyMs })
  const { data, error, first } = loaded(query)
  const summary = data?.networkSummary
  const lagging = (summary?.ingestLagSeconds ?? 0) > 60
  const failing = summary?.pollSuccessRatio != null && summary.pollSuccessRatio < 0.9
  const figures = [
    [
      t.overview.health.polls,
      fill(t.network.unit.perSecond, { value: format.number(summary?.pollsPerSecond) }),
      false,
    ],
    [t.overview.health.success, format.percent(summary?.pollSuccessRatio, 1), failing],
    [
      t.overview.health.lag,
      summary?.ingestLagSeconds == null ? '–' : `${format.number(summary.ingestLagSeconds)} s`,
      lagging,
    ],
  ] as const
  return (
    <Card title={t.overview.health.title}>
      {error !== undefined && (
        <ProblemNote
          className="mx-4 mb-3"
          error={error}
          keeps={Boolean(data)}
          onRetry={() => void query.refetch()}
        />
      )}
      <dl className="grid grid-cols-3 gap-2 px-4 pb-3">
        {figures.map(([name, value, bad]) => (
          <div key={name}>
            <dt className="text-ink-mute text-xs">{name}</dt>
            <dd className={cx('num font-semibold text-lg', bad && 'text-degraded-ink')}>
              {first ? <Skeleton className="mt-1 h-5 w-14" /> : value}
            </dd>
          </div>
        ))}
      </dl>
      <Pipeline />
    </Card>
  )
}

function Pipeline() {
  const { t, format, count } = useWords()
  const may = useMay('system.read')
  const { data } = useQuery(OverviewPipelineDocument, may ? { pollInterval: everyMs } : skipToken)
  if (!data) return null
  const { ok, stages } = data.pipelineHealth
  return (
    <div className="border-line border-t px-4 pt-2 pb-3">
      <p className={cx('mb-1 flex items-center gap-1.5 text-sm', ok ? 'text-up-ink' : 'text-degraded-ink')}>
        <Icon name={ok ? 'checkCircle' : 'warning'} />
        {ok ? t.overview.health.ok : t.overview.health.bad}
      </p>
      <ul aria-label={t.overview.health.stages}>
        {stages.map((stage) => (
          <li
            className="num flex items-center gap-2 py-0.5 text-[13px]"
            key={stage.name}
            title={stage.message ?? undefined}
          >
            <span
              aria-hidden="true"
              className={cx('size-2 shrink-0', stage.ok ? 'rounded-full bg-up' : 'rotate-45 bg-degraded')}
            />
            <span className="min-w-0 flex-1 truncate font-mono text-ink-soft text-xs">{stage.name}</span>
            <span className="sr-only">
              {stage.ok ? t.overview.health.stageOk : t.overview.health.stageBad}
            </span>
            <span className="text-ink-mute text-xs">{count(t.overview.health.backlog, stage.backlog)}</span>
            <span className="w-14 text-right text-xs">
              {stage.lagSeconds == null ? '–' : `${format.number(stage.lagSeconds)} s`}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
