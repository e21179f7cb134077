import { useEffect, useState } from 'react'

import type { Reachability } from '../gql/graphql'
import { states } from '../live/live'
import { useWords } from '../texts/language'

const everyMs = 10_000

/** Tells assistive technology of state changes, summed up, at most once in ten seconds (WCAG 4.1.3). */
export function Announcer() {
  const { t, count } = useWords()
  const [text, setText] = useState('')
  useEffect(() => {
    let pending = new Map<Reachability, Set<string>>()
    const stop = states.watchTransitions((transitions) => {
      for (const { to, deviceId } of transitions)
        pending.set(to, (pending.get(to) ?? new Set()).add(deviceId))
    })
    const timer = setInterval(() => {
      if (pending.size === 0) return
      const say = (state: Reachability, plural: typeof t.shell.announce.down) => {
        const n = pending.get(state)?.size ?? 0
        return n > 0 ? [count(plural, n)] : []
      }
      setText(
        [
          ...say('DOWN', t.shell.announce.down),
          ...say('DEGRADED', t.shell.announce.degraded as never),
          ...say('UP', t.shell.announce.up as never),
        ].join(' '),
      )
      pending = new Map()
    }, everyMs)
    return () => {
      stop()
      clearInterval(timer)
    }
  }, [t, count])
  return (
    <p aria-live="polite" className="sr-only" role="status">
      {text}
    </p>
  )
}
