import { describe, expect, test } from 'vitest'

import { openJar, parseCookies, parseSetCookie } from './cookies.js'

describe('cookies', () => {
  test('are read by name, ours only, the first of a repeated name', () => {
    const found = parseCookies('a=1; sotp_refresh=one=two; sotp_refresh=other; sotp_; =x')
    expect([...found]).toEqual([['sotp_refresh', 'one=two']])
    expect(parseCookies(undefined).size).toBe(0)
  })

  test('are set HttpOnly and SameSite, read back in the same request, and cleared', () => {
    const jar = openJar('sotp_refresh=old', true)
    jar.set('sotp_refresh', 'new', { maxAgeSeconds: 60.5, path: '/graphql' })
    expect(jar.get('sotp_refresh')).toBe('new')
    expect(jar.headers).toEqual([
      'sotp_refresh=new; Path=/graphql; Max-Age=60; HttpOnly; SameSite=Strict; Secure',
    ])
    jar.set('sotp_refresh', null, { maxAgeSeconds: 60, path: '/graphql' })
    expect(jar.get('sotp_refresh')).toBeUndefined()
    expect(jar.headers).toEqual([
      'sotp_refresh=; Path=/graphql; Max-Age=0; HttpOnly; SameSite=Strict; Secure',
    ])
  })

  test('cannot break out of their header', () => {
    const jar = openJar(undefined, false)
    const options = { maxAgeSeconds: 1, path: '/' }
    expect(() => jar.set('a b', 'x', options)).toThrow(RangeError)
    expect(() => jar.set('a', 'x; Domain=evil', options)).toThrow(RangeError)
    expect(() => jar.set('a', 'x\r\nSet-Cookie: b=c', options)).toThrow(RangeError)
    expect(() => jar.set('a', 'x', { ...options, path: '/; Domain=evil' })).toThrow(RangeError)
  })

  test('go through the wire between processes unchanged', () => {
    const jar = openJar(undefined, false)
    jar.set('sotp_refresh', 'secret', { maxAgeSeconds: 60, path: '/graphql' })
    expect(jar.headers.map(parseSetCookie)).toEqual([
      { name: 'sotp_refresh', value: 'secret', maxAgeSeconds: 60, path: '/graphql' },
    ])
    jar.set('sotp_refresh', null, { maxAgeSeconds: 60, path: '/graphql' })
    expect(jar.headers.map(parseSetCookie)).toMatchObject([{ value: null }])
    expect(parseSetCookie('foreign=1; Path=/')).toBeUndefined()
  })
})
