import { skipToken, useQuery } from '@apollo/client/react'
import { getRouteApi } from '@tanstack/react-router'

import { useTitle } from '../app/title'
import { DiscoveryRunPageDocument } from '../gql/graphql'
import { useWords } from '../texts/language'
import { DiscoveryForm } from './discovery-form'
import { DiscoveryHistory } from './discovery-history'
import { useRunView } from './discovery-run-view'
import { DiscoverySteps } from './discovery-steps'

const route = getRouteApi('/inside/discovery')

/** Where to look for devices, and what was found before. */
export function DiscoveryPage() {
  const { t } = useWords()
  useTitle(t.discovery.title)
  const { like: runId } = route.useSearch()
  const { loading } = useQuery(DiscoveryRunPageDocument, runId ? { variables: { id: runId } } : skipToken)
  const like = useRunView(runId ?? '')
  return (
    <div className="flex flex-col gap-4">
      <header className="flex flex-wrap items-center gap-x-6 gap-y-2">
        <h1 className="font-semibold text-xl tracking-tight">{t.discovery.title}</h1>
        <DiscoverySteps at="where" />
      </header>
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        {!(runId && loading && !like) && <DiscoveryForm key={like?.id ?? 'new'} like={like} />}
        <DiscoveryHistory />
      </div>
    </div>
  )
}
