import { type Connection, dataFrom, useConnection, useOffline } from '../live/connection'
import { reconnectNow } from '../live/socket'
import { useNow } from '../parts/clock'
import { cx } from '../parts/cx'
import { Icon } from '../parts/icon'
import { useWords, type Words } from '../texts/language'

/** Whether what is on the screen is live, and if not, what is being done about it. */
export function LiveIndicator() {
  const words = useWords()
  const now = useConnection()
  const seconds = useNow()
  const live = now.phase === 'live'
  const text = describe(words, now, seconds)
  return (
    <button
      aria-label={`${words.t.shell.live.label}: ${text}`}
      className={cx(
        'num inline-flex h-7 items-center gap-2 rounded-full border px-2.5 text-[13px]',
        live ? 'border-line text-ink-soft' : 'border-degraded/50 bg-degraded-soft text-degraded-ink',
      )}
      data-phase={now.phase}
      data-testid="live-indicator"
      disabled={live}
      onClick={reconnectNow}
      title={live ? undefined : words.t.shell.live.retryNow}
      type="button"
    >
      <span
        className={cx('size-2 rounded-full', live ? 'animate-live bg-up' : 'bg-degraded')}
        aria-hidden="true"
      />
      {text}
    </button>
  )
}

function describe({ t, fill, format }: Words, now: Connection, clock: number): string {
  const { live } = t.shell
  if (now.phase === 'live') return live.live
  if (now.phase === 'offline') {
    const from = dataFrom()
    return from ? fill(live.offline, { time: format.time(from) }) : live.offlineNow
  }
  if (now.phase === 'waiting') {
    const seconds = Math.max(0, Math.ceil((now.retryAt - clock) / 1000))
    return fill(live.waiting, { attempt: now.attempt, seconds })
  }
  return now.attempt > 0 ? fill(live.retrying, { attempt: now.attempt }) : live.connecting
}

/** Says across the page that nothing can be saved while the browser itself is offline. */
export function OfflineBanner() {
  const { t, fill, format } = useWords()
  const offline = useOffline()
  if (!offline) return null
  return (
    <p
      className="flex items-center gap-2 border-degraded/40 border-b bg-degraded-soft px-6 py-2 text-degraded-ink text-sm"
      role="status"
    >
      <Icon name="warning" />
      {fill(t.shell.live.banner, { time: format.time(dataFrom() ?? Date.now()) })}
    </p>
  )
}
