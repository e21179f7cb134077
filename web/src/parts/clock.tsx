import { useSyncExternalStore } from 'react'

import { useWords } from '../texts/language'

const listeners = new Set<() => void>()
let second = Math.floor(Date.now() / 1000)
let timer: ReturnType<typeof setInterval> | undefined

// One timer for every age on the page; it runs only while something shows one.
function watch(listener: () => void): () => void {
  listeners.add(listener)
  if (!timer) second = Math.floor(Date.now() / 1000)
  timer ??= setInterval(() => {
    second = Math.floor(Date.now() / 1000)
    for (const each of listeners) each()
  }, 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** Now in Unix ms, in steps of `stepSeconds`: a component renders again once a step, not once a second. */
export function useNow(stepSeconds = 1): number {
  const step = () => Math.floor(second / stepSeconds) * stepSeconds * 1000
  return useSyncExternalStore(watch, step)
}

/** How long ago something was; the exact time is its tooltip. `at` is RFC 3339. */
export function Ago({ at, className }: { at: string; className?: string }) {
  const { format } = useWords()
  const ms = Date.parse(at)
  const young = Date.now() - ms < 60_000
  const now = useNow(young ? 1 : 15)
  return (
    <time className={className} dateTime={at} title={format.full(ms)}>
      {format.ago(ms, Math.max(now, ms))}
    </time>
  )
}

/** For how long something has lasted. `at` is RFC 3339. */
export function Lasting({ at, className }: { at: string; className?: string }) {
  const { format } = useWords()
  const ms = Date.parse(at)
  const now = useNow(Date.now() - ms < 60_000 ? 1 : 15)
  return (
    <time className={className} dateTime={at} title={format.full(ms)}>
      {format.duration((now - ms) / 1000)}
    </time>
  )
}
