import type { en } from './en'

/** A text in the forms a language counts by (CLDR plural categories); `{n}` is the formatted number. */
export interface Plural {
  readonly one: string
  readonly few?: string
  readonly many?: string
  readonly other: string
}

type Widen<T> = T extends string
  ? string
  : T extends { readonly one: string; readonly other: string }
    ? Plural
    : { readonly [K in keyof T]: Widen<T[K]> }

/** What a language must give: the same keys as English, each a text or the forms of a counted text. */
export type Catalog = Widen<typeof en>

/** The names between braces in a text, as a union: `'{from}–{to}'` has `'from' | 'to'`. */
export type Placeholders<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never

/** Puts values into the braces of a text. The compiler asks for exactly the names that the English text has. */
export function fill<T extends string>(
  text: T,
  values: { readonly [K in Placeholders<T>]: string | number },
): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) =>
    String((values as Record<string, unknown>)[name] ?? ''),
  )
}
