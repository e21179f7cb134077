import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'

import type { Reachability } from '../gql/graphql'
import { directory, states, useStatesComplete } from '../live/live'

/** More ids than this are not sent: the rest of so long a list is better reached by other filters. */
export const idsMost = 1_000

export interface StateFilter {
  /** Ids to ask the server for; undefined: no filter by state. */
  ids: readonly string[] | undefined
  /** The live states are not complete yet: wait. */
  pending: boolean
  capped: boolean
  /** How many devices have entered or left since the ids were taken. */
  moved: number
  refresh: () => void
}

const watch = (listener: () => void) => states.watchAll(listener)

/**
 * Devices in some states, by id. Inventory owns the list and knows no states; the live states are here. The ids are
 * taken once, so that rows do not come and go under the cursor: `moved` says when to take them again.
 */
export function useStateFilter(wanted: readonly Reachability[] | undefined): StateFilter {
  const complete = useStatesComplete()
  const key = wanted?.join()
  const [taken, setTaken] = useState<{ key: string; ids: readonly string[] }>()
  const take = useCallback(() => {
    if (key !== undefined) setTaken({ key, ids: matching(key) })
  }, [key])
  useEffect(() => {
    if (complete) take()
  }, [complete, take])
  const mine = taken && taken.key === key ? taken.ids : undefined
  const moved = useSyncExternalStore(watch, () =>
    key === undefined || !mine ? 0 : difference(mine, matching(key)),
  )
  if (key === undefined) return { ids: undefined, pending: false, capped: false, moved: 0, refresh: take }
  return {
    ids: mine?.slice(0, idsMost),
    pending: !mine,
    capped: (mine?.length ?? 0) > idsMost,
    moved,
    refresh: take,
  }
}

function matching(key: string): string[] {
  const wanted = new Set(key.split(','))
  const name = (id: string) => directory.get(id)?.name ?? ''
  return states
    .all()
    .filter(({ reachability }) => wanted.has(reachability))
    .map(({ deviceId }) => deviceId)
    .sort((a, b) => name(a).localeCompare(name(b)))
}

/** How many ids are in one list only. */
export function difference(before: readonly string[], after: readonly string[]): number {
  const old = new Set(before)
  const entered = after.filter((id) => !old.has(id)).length
  return entered + (before.length - (after.length - entered))
}
