import type { CookieJar } from './request.js'

/** A browser's cookies of one request, and the `Set-Cookie` headers for its response. */
export interface BrowserJar extends CookieJar {
  readonly headers: readonly string[]
}

/** Names that start so may be read and set; anything else a browser sends is none of our business. */
const ownPrefix = 'sotp_'

/** Values of a `Cookie` header by name (RFC 6265 §5.4). The first of a repeated name counts. */
export function parseCookies(header: string | undefined): Map<string, string> {
  const found = new Map<string, string>()
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=')
    const name = part.slice(0, at).trim()
    if (at > 0 && name.startsWith(ownPrefix) && !found.has(name)) found.set(name, part.slice(at + 1).trim())
  }
  return found
}

/** One `Set-Cookie` value. A null value clears the cookie. */
function setCookie({ name, value, maxAgeSeconds, path }: SetCookie, { secure }: { secure: boolean }): string {
  const age = value === null ? 0 : Math.max(0, Math.floor(maxAgeSeconds))
  const text = `${name}=${value ?? ''}; Path=${path}; Max-Age=${age}; HttpOnly; SameSite=Strict`
  return secure ? `${text}; Secure` : text
}

export interface SetCookie {
  name: string
  value: string | null
  maxAgeSeconds: number
  path: string
}

const tokenText = /^[\w!#$%&'*+.^`|~-]+$/
const valueText = /^[\w!#$%&'()*+./:<=>?@[\]^`{|}~-]*$/
const pathText = /^\/[\w/.-]*$/

/**
 * Opens the jar of one request. Cookies that are set can be read again by later fields of the same request.
 * @throws RangeError from `set` when a name, value or path could break out of its header.
 */
export function openJar(cookieHeader: string | undefined, secure: boolean): BrowserJar {
  const values = parseCookies(cookieHeader)
  const headers = new Map<string, string>()
  return {
    get headers() {
      return [...headers.values()]
    },
    get: (name) => values.get(name),
    set(name, value, { maxAgeSeconds, path }) {
      if (!tokenText.test(name) || !valueText.test(value ?? '') || !pathText.test(path)) {
        throw new RangeError(`cookie ${JSON.stringify(name)} cannot be set`)
      }
      if (value === null) values.delete(name)
      else values.set(name, value)
      headers.set(name, setCookie({ name, value, maxAgeSeconds, path }, { secure }))
    },
  }
}

/** Reads back what `setCookie` wrote; undefined for anything else. */
export function parseSetCookie(header: string): SetCookie | undefined {
  const [pair = '', ...attributes] = header.split(';').map((part) => part.trim())
  const at = pair.indexOf('=')
  const name = pair.slice(0, at)
  if (at <= 0 || !name.startsWith(ownPrefix)) return undefined
  const attribute = (wanted: string) =>
    attributes.find((text) => text.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1)
  const maxAgeSeconds = Number(attribute('max-age') ?? 0)
  const value = maxAgeSeconds > 0 ? pair.slice(at + 1) : null
  return { name, value, maxAgeSeconds, path: attribute('path') ?? '/' }
}
