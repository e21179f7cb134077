import { useQuery } from '@apollo/client/react'
import { Link } from '@tanstack/react-router'

import { loaded } from '../app/loaded'
import { RecentChangesDocument } from '../gql/graphql'
import { type FeedEntry, mergeFeed, useLiveChanges } from '../live/feed'
import { Card } from '../parts/card'
import { Ago } from '../parts/clock'
import { cx } from '../parts/cx'
import { ProblemNote, Skeleton } from '../parts/feedback'
import { Icon } from '../parts/icon'
import { stateLook } from '../parts/state'
import { useWords } from '../texts/language'

const most = 30

/** Which devices changed their state, newest first, as it happens. */
export function ChangeFeed() {
  const { t } = useWords()
  const query = useQuery(RecentChangesDocument, { variables: { first: most } })
  const { data, error, first } = loaded(query)
  const live = useLiveChanges(most)
  const entries = mergeFeed(live, data?.stateChanges.nodes ?? [], most)
  return (
    <Card className="max-h-[560px]" title={t.overview.feed.title}>
      {error !== undefined && (
        <ProblemNote
          className="mx-4 mb-3"
          error={error}
          keeps={Boolean(data)}
          onRetry={() => void query.refetch()}
        />
      )}
      {first && (
        <div className="flex flex-col gap-3 px-4 pb-4">
          {[0, 1, 2, 3, 4].map((each) => (
            <Skeleton className="h-8 w-full" key={each} />
          ))}
        </div>
      )}
      {data && entries.length === 0 && (
        <p className="px-4 pb-5 text-ink-mute text-sm">{t.overview.feed.none}</p>
      )}
      <div className="min-h-0 overflow-y-auto border-line border-t">
        <ol aria-label={t.overview.feed.title} data-testid="feed">
          {entries.map((entry) => (
            <FeedLine entry={entry} key={entry.key} />
          ))}
        </ol>
      </div>
    </Card>
  )
}

function FeedLine({ entry }: { entry: FeedEntry }) {
  const { t } = useWords()
  const { icon, soft } = stateLook[entry.to]
  const reason = t.network.reason[entry.reason as keyof typeof t.network.reason] ?? entry.reason
  return (
    <li className={cx('border-line border-b last:border-0', entry.fresh && 'animate-flash')}>
      <Link
        className="flex items-center gap-2.5 px-4 py-1.5 hover:bg-hover"
        params={{ id: entry.deviceId }}
        to="/devices/$id"
      >
        <span className={cx('flex size-6 shrink-0 items-center justify-center rounded-full', soft)}>
          <Icon name={icon} size={14} />
        </span>
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium">{entry.name ?? entry.deviceId.slice(0, 8)}</span>
          <span className="block truncate text-ink-mute text-xs">
            {t.network.reachability[entry.from]} → {t.network.reachability[entry.to]}
            {entry.to !== 'UP' && ` · ${reason}`}
          </span>
        </span>
        <Ago at={entry.at} className="num shrink-0 text-ink-mute text-xs" />
      </Link>
    </li>
  )
}
