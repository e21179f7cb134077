import { useQuery } from '@apollo/client/react'
import { useEffect } from 'react'

import { debounce } from '../app/debounce'
import { loaded } from '../app/loaded'
import { LiveTrapsDocument, type TrapFilter, TrapListDocument, type TrapListQuery } from '../gql/graphql'
import { openStream } from '../live/stream'

export type TrapNode = TrapListQuery['traps']['nodes'][number]

/** A page of traps that stays up to date: what comes and fits makes it load again, a moment later. */
export function useTraps({
  filter,
  first,
  after,
}: {
  filter: TrapFilter
  first: number
  after?: string | undefined
}) {
  const query = useQuery(TrapListDocument, {
    variables: { filter, first, after: after ?? null },
    notifyOnNetworkStatusChange: true,
  })
  const { refetch } = query
  const key = JSON.stringify(filter)
  useEffect(() => {
    const renew = debounce(() => void refetch().catch(() => undefined), 400)
    // Without a cursor: whatever is missed while the socket is away, the list that is loaded then has.
    const variables = () => ({ filter: JSON.parse(key) as TrapFilter })
    return openStream({ document: LiveTrapsDocument, variables, onData: () => renew() })
  }, [refetch, key])
  return {
    ...loaded(query),
    refetch,
    nodes: query.data?.traps.nodes ?? query.previousData?.traps.nodes ?? [],
  }
}
