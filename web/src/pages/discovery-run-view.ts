import { useFragment } from '@apollo/client/react'

import { type RunViewFragment, RunViewFragmentDoc } from '../gql/graphql'

/** A search from the cache, where its page, lists and stream write it; undefined until one of them has. */
export function useRunView(id: string): RunViewFragment | undefined {
  const from = { __typename: 'DiscoveryRun' as const, id }
  const { data, complete } = useFragment({ fragment: RunViewFragmentDoc, from })
  return complete ? (data as RunViewFragment) : undefined
}
