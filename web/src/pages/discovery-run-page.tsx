import { useMutation } from '@apollo/client/react'
import { getRouteApi, Link } from '@tanstack/react-router'

import { useDenied } from '../app/permission'
import { useTitle } from '../app/title'
import { CancelDiscoveryDocument, type RunViewFragment } from '../gql/graphql'
import { Button } from '../parts/button'
import { Ago } from '../parts/clock'
import { Empty, ProblemNote, Skeleton } from '../parts/feedback'
import { Icon } from '../parts/icon'
import { Notice } from '../parts/notice'
import { useWords } from '../texts/language'
import { useFailureToast } from './device-actions'
import { DiscoveryHosts } from './discovery-hosts'
import { countByStatus } from './discovery-hosts-of'
import { isOver, useDiscoveryRun } from './discovery-run'
import { RunState } from './discovery-state'
import { DiscoverySteps } from './discovery-steps'

const route = getRouteApi('/inside/discovery/$id')

/** One search: how far it is, whom it has found, and which of them become devices. */
export function DiscoveryRunPage() {
  const { t } = useWords()
  useTitle(t.discovery.title)
  const { id } = route.useParams()
  const { run, hosts, missing, first, error, reload } = useDiscoveryRun(id)
  const counts = countByStatus(hosts)
  const step =
    !run || !isOver(run.state) ? 'search' : counts.NEW === 0 && counts.ACCEPTED > 0 ? 'done' : 'choose'
  return (
    <div className="flex flex-col gap-3">
      <header className="flex flex-wrap items-center gap-x-6 gap-y-2">
        <Link
          className="inline-flex min-h-6 items-center gap-1 text-ink-mute text-sm hover:text-ink"
          to="/discovery"
        >
          <Icon name="chevronLeft" size={14} />
          {t.discovery.title}
        </Link>
        <DiscoverySteps at={step} />
      </header>
      {error !== undefined && <ProblemNote error={error} keeps={hosts.length > 0} onRetry={reload} />}
      {first && <Skeleton className="h-28 w-full" />}
      {missing && (
        <Empty hint={t.discovery.run.missingHint} icon="unknown" title={t.discovery.run.missing}>
          <Link className="text-accent hover:underline" to="/discovery">
            {t.discovery.title}
          </Link>
        </Empty>
      )}
      {run && (
        <>
          <Progress run={run} />
          {hosts.length === 0 ? (
            <Empty
              {...(isOver(run.state) && { hint: t.discovery.run.nothingHint })}
              icon="discovery"
              title={isOver(run.state) ? t.discovery.run.nothing : t.discovery.run.nothingYet}
            />
          ) : (
            <DiscoveryHosts hosts={hosts} onAccepted={reload} run={run} />
          )}
        </>
      )}
    </div>
  )
}

function Progress({ run }: { run: RunViewFragment }) {
  const { t, count, fill, format } = useWords()
  const words = t.discovery.run
  const { id, targets, exclude, within, site, state, probed, total, foundCount, error, startedAt, options } =
    run
  const share = total > 0 ? probed / total : 0
  return (
    <section aria-label={words.progress} className="card flex flex-col gap-2.5 p-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <RunState state={state} />
        <h1 className="min-w-0 flex-1 truncate font-mono text-[15px]" title={targets.join(', ')}>
          {targets.join(', ')}
        </h1>
        {isOver(state) ? (
          <Link
            className="inline-flex h-[34px] items-center gap-1.5 rounded-[7px] border border-line bg-surface px-3 text-sm hover:bg-hover"
            search={{ like: id }}
            to="/discovery"
          >
            <Icon name="refresh" />
            {words.again}
          </Link>
        ) : (
          <Cancel id={id} />
        )}
      </div>
      <div
        aria-label={words.progress}
        aria-valuemax={total}
        aria-valuemin={0}
        aria-valuenow={probed}
        className="h-2 overflow-hidden rounded-full bg-sunken dark:bg-line"
        role="progressbar"
      >
        <div
          className="h-full rounded-full bg-accent transition-[width] duration-500"
          style={{ width: `${Math.round(share * 100)}%` }}
        />
      </div>
      <p className="flex flex-wrap gap-x-4 gap-y-1 text-ink-mute text-sm">
        <span className="num" data-testid="discovery-progress" role="status">
          {fill(words.of, { probed: format.integer(probed), total: format.integer(total) })}
          {' · '}
          {count(words.found, foundCount)}
        </span>
        <Ago at={startedAt} />
        {site && <span>{site.name}</span>}
        {exclude.length > 0 && <span>{fill(words.excluded, { networks: exclude.join(', ') })}</span>}
        {options.useNeighbors && within.join() !== targets.join() && (
          <span>{fill(words.within, { networks: within.join(', ') })}</span>
        )}
      </p>
      {error && (
        <Notice icon="critical" tone="bad">
          {error}
        </Notice>
      )}
    </section>
  )
}

function Cancel({ id }: { id: string }) {
  const { t } = useWords()
  const fail = useFailureToast()
  const denied = useDenied('discovery.run')
  const [cancel, { loading }] = useMutation(CancelDiscoveryDocument)
  return (
    <Button
      data-testid="cancel-discovery"
      denied={denied}
      disabled={loading}
      icon="close"
      onClick={() => void cancel({ variables: { id } }).catch(fail)}
    >
      {t.discovery.run.cancel}
    </Button>
  )
}
