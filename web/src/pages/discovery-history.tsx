import { useQuery } from '@apollo/client/react'
import { Link } from '@tanstack/react-router'

import { loaded } from '../app/loaded'
import { DiscoveryRunsDocument } from '../gql/graphql'
import { Button } from '../parts/button'
import { Card } from '../parts/card'
import { Ago } from '../parts/clock'
import { Empty, ProblemNote, Skeleton } from '../parts/feedback'
import { useWords } from '../texts/language'
import { useRunView } from './discovery-run-view'
import { RunState } from './discovery-state'

const pageSize = 20

/** Searches so far, newest first. */
export function DiscoveryHistory() {
  const { t } = useWords()
  const { history } = t.discovery
  const query = useQuery(DiscoveryRunsDocument, {
    variables: { first: pageSize },
    fetchPolicy: 'cache-and-network',
  })
  const { data, error, first, refreshing } = loaded(query)
  const runs = data?.discoveryRuns.nodes ?? []
  const { hasNextPage = false, endCursor = null } = data?.discoveryRuns.pageInfo ?? {}
  const more = () =>
    void query.fetchMore({
      variables: { after: endCursor },
      updateQuery: (before, { fetchMoreResult: next }) => ({
        ...before,
        discoveryRuns: {
          ...next.discoveryRuns,
          nodes: [...before.discoveryRuns.nodes, ...next.discoveryRuns.nodes],
        },
      }),
    })
  return (
    <Card refreshing={refreshing} title={history.title}>
      {error !== undefined && (
        <ProblemNote className="m-4" error={error} onRetry={() => void query.refetch()} />
      )}
      {first && <Skeleton className="m-4 h-24" />}
      {data && runs.length === 0 && <Empty hint={history.emptyHint} icon="discovery" title={history.empty} />}
      <ul data-testid="discovery-history">
        {runs.map((run) => (
          <li className="border-line border-t" key={run.id}>
            <HistoryLine id={run.id} />
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <Button className="m-3" onClick={more}>
          {history.more}
        </Button>
      )}
    </Card>
  )
}

function HistoryLine({ id: runId }: { id: string }) {
  const { t, count } = useWords()
  const run = useRunView(runId)
  if (!run) return null
  const { id, targets, state, foundCount, startedAt, site } = run
  return (
    <Link
      className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 text-sm hover:bg-hover"
      params={{ id }}
      to="/discovery/$id"
    >
      <RunState state={state} />
      <span className="min-w-0 flex-1 truncate font-mono" title={targets.join(', ')}>
        {targets.join(', ')}
      </span>
      <span className="flex w-full items-center gap-2 text-ink-mute">
        <span className="num">{count(t.discovery.history.found, foundCount)}</span>
        {site && <span className="truncate">· {site.name}</span>}
        <span className="ml-auto whitespace-nowrap">
          <Ago at={startedAt} />
        </span>
      </span>
    </Link>
  )
}
