import { useSyncExternalStore } from 'react'

import type { DeviceEntry } from '../live/directory'
import { states } from '../live/live'
import { cx } from '../parts/cx'
import { useWords } from '../texts/language'

const watch = (listener: () => void) => states.watchAll(listener)

/** How many devices of a site are up. */
export function SiteCount({ ids }: { ids: readonly DeviceEntry[] }) {
  const { t, fill, format } = useWords()
  const up = useSyncExternalStore(watch, () =>
    ids.reduce((sum, { id }) => sum + (states.get(id)?.reachability === 'UP' ? 1 : 0), 0),
  )
  const all = up === ids.length
  return (
    <span className={cx('num whitespace-nowrap text-xs', all ? 'text-ink-mute' : 'text-degraded-ink')}>
      {fill(t.overview.map.siteUp, { up: format.integer(up), total: format.integer(ids.length) })}
    </span>
  )
}
