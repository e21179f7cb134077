import { useTitle } from '../app/title'
import { useWords } from '../texts/language'
import { AlertSummary } from './overview-alerts'
import { ChangeFeed } from './overview-feed'
import { SelfHealth } from './overview-health'
import { AvailabilityMap } from './overview-map'
import { StateTiles } from './overview-tiles'
import { TopLists } from './overview-top'

/** The network at a glance: how much works, where it does not, what changed, what is being alerted. */
export function OverviewPage() {
  const { t } = useWords()
  useTitle(t.overview.title)
  return (
    <>
      <h1 className="sr-only">{t.overview.title}</h1>
      <StateTiles />
      <div className="mt-4 grid gap-4 xl:grid-cols-[minmax(0,1fr)_380px]">
        <div className="flex min-w-0 flex-col gap-4">
          <AvailabilityMap />
          <div className="grid gap-4 lg:grid-cols-2">
            <TopLists />
            <SelfHealth />
          </div>
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <AlertSummary />
          <ChangeFeed />
        </div>
      </div>
    </>
  )
}
