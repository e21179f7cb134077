import { useEffect, useEffectEvent } from 'react'

import { preferences } from './preferences'

/**
 * Keys by how they are pressed: `j`, `?`, `Enter`, `mod+k` (Ctrl, or Cmd on a Mac) or a chord `g d`.
 * A handler that returns false lets the key go on to the next one.
 */
export type Shortcuts = Readonly<Record<string, (event: KeyboardEvent) => unknown>>

const chordMs = 1_200
const layers: Shortcuts[] = []
let prefix: { key: string; at: number } | undefined

/** Whether the key belongs to a text field, a menu or an open dialog, and not to the page. */
export function isTaken(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false
  return Boolean(
    target.closest(
      'input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true], [role=menu], [role=listbox], [role=dialog]',
    ),
  )
}

/** The name of a pressed key in the form `Shortcuts` uses. */
export function nameOf({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): string | undefined {
  if (altKey) return undefined
  const plain = key.length === 1 ? key.toLowerCase() : key
  return ctrlKey || metaKey ? `mod+${plain}` : plain
}

function onKeyDown(event: KeyboardEvent): void {
  const name = nameOf(event)
  if (!name || event.defaultPrevented || event.isComposing) return
  const withMod = name.startsWith('mod+')
  if (!withMod && (isTaken(event.target) || document.querySelector('[role=dialog]'))) return
  const single = name.length === 1
  if (single && !preferences().singleKeys) return
  const chord = prefix && Date.now() - prefix.at < chordMs ? `${prefix.key} ${name}` : undefined
  prefix = undefined
  for (const candidate of chord ? [chord, name] : [name]) {
    for (const layer of layers.toReversed()) {
      const handler = layer[candidate]
      if (!handler || handler(event) === false) continue
      event.preventDefault()
      return
    }
  }
  if (single) prefix = { key: name, at: Date.now() }
}

if (typeof window !== 'undefined') window.addEventListener('keydown', onKeyDown)

/** Listens for shortcuts while the component lives; later components win. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const keys = Object.keys(shortcuts).join('|')
  const run = useEffectEvent((key: string, event: KeyboardEvent) => shortcuts[key]?.(event))
  useEffect(() => {
    const layer = Object.fromEntries(
      keys.split('|').map((key) => [key, (event: KeyboardEvent) => run(key, event)]),
    )
    layers.push(layer)
    return () => {
      layers.splice(layers.indexOf(layer), 1)
    }
  }, [keys])
}
