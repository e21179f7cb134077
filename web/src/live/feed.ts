import { useEffect, useState } from 'react'

import type { RecentChangesQuery } from '../gql/graphql'
import type { Transition } from './device-states'
import { directory, states } from './live'

/** A line of the feed. `name` is missing for a device that nobody knows any more. */
export interface FeedEntry extends Transition {
  key: string
  name: string | undefined
  /** It came while the page was open. */
  fresh: boolean
}

type Past = RecentChangesQuery['stateChanges']['nodes'][number]

/** Newest first; what came live wins over the same change in the list that was asked for. */
export function mergeFeed(live: readonly FeedEntry[], past: readonly Past[], most: number): FeedEntry[] {
  const known = new Set(live.map(({ deviceId, at }) => `${deviceId} ${Date.parse(at)}`))
  const older = past.flatMap(({ device, from, to, reason, at }, index) => {
    // Null while inventory does not answer: then there is nobody to name and nowhere to go.
    if (!device || known.has(`${device.id} ${Date.parse(at)}`)) return []
    const key = `${device.id} ${at} ${index}`
    return [{ key, deviceId: device.id, name: device.name, fresh: false, from, to, reason, at }]
  })
  return [...live, ...older].sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, most)
}

/** Changes of state since the component appeared, newest first. */
export function useLiveChanges(most: number): readonly FeedEntry[] {
  const [entries, setEntries] = useState<readonly FeedEntry[]>([])
  useEffect(
    () =>
      states.watchTransitions((transitions) => {
        const fresh = transitions.map((transition) => ({
          ...transition,
          key: `${transition.deviceId} ${transition.at} live`,
          name: directory.get(transition.deviceId)?.name,
          fresh: true,
        }))
        setEntries((before) => [...fresh.toReversed(), ...before].slice(0, most))
      }),
    [most],
  )
  return entries
}
