import { useSyncExternalStore } from 'react'

import { changePreferences, preferences } from '../app/preferences'
import { fill, type Placeholders, type Plural } from './catalog'
import { en } from './en'
import { createFormat, type Format } from './format'

export type Language = 'en' | 'pl'
export const languages: Readonly<Record<Language, string>> = { en: 'English', pl: 'Polski' }

type CountValues<P extends Plural> = {
  readonly [K in Exclude<Placeholders<P['other']>, 'n'>]: string | number
}

/** All that a component needs to speak: the texts, ways to fill and count them, and the formats of the locale. */
export interface Words {
  language: Language
  t: typeof en
  fill: typeof fill
  /** The form of a counted text that fits `n`, with `{n}` formatted. */
  count<P extends Plural>(plural: P, n: number, values?: CountValues<P>): string
  format: Format
}

/** Joins a catalogue, plural rules and formats for one language. */
export function createWords(language: Language, t: typeof en): Words {
  // The browser's own region decides formats where its language is the chosen one (en-GB dates differ from en-US).
  const regional = globalThis.navigator?.languages?.find((tag) => tag.startsWith(language))
  const format = createFormat(regional ?? language)
  const rules = new Intl.PluralRules(language)
  return {
    language,
    t,
    fill,
    format,
    count: (plural, n, values) => {
      const form = (plural as Plural)[rules.select(n) as keyof Plural] ?? plural.other
      return fill(form, { ...values, n: format.integer(n) } as never)
    },
  }
}

let current = createWords('en', en)
const listeners = new Set<() => void>()

/** The words in use now, for code outside components. */
export const words = (): Words => current

/** The words in use, for components: they render again when the language changes. */
export const useWords = (): Words => useSyncExternalStore(subscribe, words, words)

/** Loads a language and switches to it; remembered for the next visit. */
export async function setLanguage(language: Language): Promise<void> {
  const catalog = language === 'pl' ? (await import('./pl')).pl : en
  // `pl satisfies Catalog`, so it has every key and, as a test holds, every placeholder of the English text.
  current = createWords(language, catalog as unknown as typeof en)
  changePreferences({ language })
  if (typeof document !== 'undefined') document.documentElement.lang = language
  for (const listener of listeners) listener()
}

/** The language of the last visit, else the first of the browser's languages that exists here. */
export function preferredLanguage(): Language {
  const kept = preferences().language
  if (kept) return kept
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2))
  return wanted.find((tag): tag is Language => tag in languages) ?? 'en'
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
