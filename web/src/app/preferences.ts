import { useSyncExternalStore } from 'react'

export type Theme = 'light' | 'dark' | 'system'
export type Density = 'comfortable' | 'compact'

/** What a person chose for this browser. Nothing secret, nothing that belongs in the URL. */
export interface Preferences {
  theme: Theme
  language?: 'en' | 'pl'
  density: Density
  navCollapsed: boolean
  /** Single-key shortcuts may be turned off (WCAG 2.1.4). */
  singleKeys: boolean
  /** Hidden columns by table. */
  hiddenColumns: Readonly<Record<string, readonly string[]>>
}

const key = 'sotp.preferences'
const defaults: Preferences = {
  theme: 'system',
  density: 'comfortable',
  navCollapsed: false,
  singleKeys: true,
  hiddenColumns: {},
}

let current = read()
const listeners = new Set<() => void>()

/** The choices in force. */
export const preferences = (): Preferences => current

/** The choices in force, for components. */
export const usePreferences = (): Preferences => useSyncExternalStore(subscribe, preferences, preferences)

/** Changes some choices and keeps them in this browser, where it allows that. */
export function changePreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change }
  try {
    localStorage.setItem(key, JSON.stringify(current))
  } catch {
    // Private windows may refuse storage; the choice then lasts as long as the page.
  }
  for (const listener of listeners) listener()
}

function read(): Preferences {
  if (typeof window === 'undefined') return defaults
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '{}')
    return typeof kept === 'object' && kept !== null ? { ...defaults, ...kept } : defaults
  } catch {
    return defaults
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
