/** The search part of a URL as flat text values: `?state=DOWN,DEGRADED&q=core`, readable and easy to share. */
export type RawSearch = Readonly<Record<string, unknown>>

/** Reads `?a=1&b=x,y` into `{ a: '1', b: 'x,y' }`; pages turn the texts into what they mean. */
export const parseSearch = (text: string): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(text.replace(/^\?/, '')))

/** Writes values back; lists are joined by commas, and what is empty or missing leaves the URL. */
export function stringifySearch(search: RawSearch): string {
  const pairs = Object.entries(search).flatMap(([key, value]): [string, string][] => {
    if (value === undefined || value === null || value === '' || value === false) return []
    if (Array.isArray(value)) return value.length > 0 ? [[key, value.join(',')]] : []
    return [[key, value === true ? '1' : String(value)]]
  })
  // Commas and colons are legal in a query and much easier to read than %2C and %3A.
  const text = new URLSearchParams(pairs).toString().replaceAll('%2C', ',').replaceAll('%3A', ':')
  return text && `?${text}`
}

/** The value if it is one of the allowed, else undefined: a URL is user input. */
export function oneOf<T extends string>(allowed: readonly T[], value: unknown): T | undefined {
  return allowed.find((each) => each === value)
}

/** The allowed values of a comma-separated list (or of an array, as links pass it), in the order given. */
export function listOf<T extends string>(allowed: readonly T[], value: unknown): T[] | undefined {
  const found = texts(value).filter((each): each is T => (allowed as readonly string[]).includes(each))
  return found.length > 0 ? [...new Set(found)] : undefined
}

/** A comma-separated list of any texts. */
export function textsOf(value: unknown): string[] | undefined {
  const found = texts(value)
  return found.length > 0 ? found : undefined
}

/** A text of at most `most` characters. */
export const textOf = (value: unknown, most = 200): string | undefined =>
  typeof value === 'string' && value.trim() ? value.slice(0, most) : undefined

/** A flag, written as `1`. */
export const flagOf = (value: unknown): true | undefined =>
  value === '1' || value === true ? true : undefined

const texts = (value: unknown): string[] =>
  (Array.isArray(value) ? value.map(String) : typeof value === 'string' ? value.split(',') : []).filter(
    Boolean,
  )

/** Leaves out the keys without a value, so that equal states make equal URLs. */
export function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}

/** A path of this site to go back to, or `/`: never another site, whatever the URL says (open redirect). */
export function safeReturn(value: unknown): string {
  return typeof value === 'string' && /^\/(?![/\\])/.test(value) && !value.startsWith('/login') ? value : '/'
}
