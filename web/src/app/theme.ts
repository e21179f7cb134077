import { useSyncExternalStore } from 'react'

import { preferences, type Theme, usePreferences } from './preferences'

const dark = globalThis.matchMedia?.('(prefers-color-scheme: dark)')

/** The theme in force: what was chosen, or what the system says. */
export function resolveTheme(choice: Theme): 'light' | 'dark' {
  if (choice !== 'system') return choice
  return dark?.matches ? 'dark' : 'light'
}

/** Writes theme and row height to the page, where the style sheet reads them. */
export function applyLooks(): void {
  const { theme, density } = preferences()
  document.documentElement.dataset['theme'] = resolveTheme(theme)
  document.documentElement.dataset['density'] = density
}

/** The theme in force, for what draws itself (charts, toasts). */
export function useTheme(): 'light' | 'dark' {
  const { theme } = usePreferences()
  useSyncExternalStore(watchSystem, () => dark?.matches)
  return resolveTheme(theme)
}

/** Keeps the page in step with the system's theme. */
export function watchSystem(listener: () => void): () => void {
  dark?.addEventListener('change', listener)
  return () => dark?.removeEventListener('change', listener)
}
