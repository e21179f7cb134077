import { useCallback, useSyncExternalStore } from 'react'

/** Whether a media query holds, kept true while the window changes. */
export function useMedia(query: string): boolean {
  const watch = useCallback(
    (listener: () => void) => {
      const media = matchMedia(query)
      media.addEventListener('change', listener)
      return () => media.removeEventListener('change', listener)
    },
    [query],
  )
  return useSyncExternalStore(watch, () => matchMedia(query).matches)
}

/** From tablets up: tables. Below: cards. */
export const useWide = (): boolean => useMedia('(min-width: 768px)')
