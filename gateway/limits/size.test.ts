import { parse } from 'graphql'
import { describe, expect, test } from 'vitest'

import { defaultLimits, limitsConfig, limitsOf } from './config.js'
import { textTooLarge, tooLarge } from './size.js'
import { variablesRefused } from './variables.js'

const times = (count: number, make: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => make(n)).join(' ')
const refused = (text: string) => tooLarge(parse(text), defaultLimits)?.message
const code = (text: string) => tooLarge(parse(text), defaultLimits)?.extensions['code']

describe('the size of a document', () => {
  test('is bounded in each direction', () => {
    expect(refused(`{ a${' { b'.repeat(14)}${' }'.repeat(14)} }`)).toBeUndefined()
    expect(refused(`{ a${' { b'.repeat(15)}${' }'.repeat(15)} }`)).toContain('15 levels of fields')
    expect(refused(`{ a { ${times(1000, (n) => `f${n}`)} } }`)).toContain('1000 fields')
    expect(refused(`{ a { ${times(101, (n) => `f${n}: f`)} } }`)).toContain('100 aliases')
    expect(refused(`{ ${times(51, (n) => `f${n}`)} }`)).toContain('50 root fields')
    expect(refused(`{ a ${times(101, (n) => `@d${n}`)} }`)).toContain('100 directives')
    expect(refused(`query (${times(101, (n) => `$v${n}: Int @d`)}) { a }`)).toContain('100 directives')
    expect(refused(times(60, (n) => `query q${n} @a @b { a }`))).toContain('20 operations')
    expect(refused(times(20, (n) => `query q${n} ${'@d '.repeat(6)} { a }`))).toContain('100 directives')
    expect(refused(`{ ...F0 } ${times(101, (n) => `fragment F${n} on Q { a }`)}`)).toContain('100 fragments')
  })

  test('counts fragments in full, however they are nested', () => {
    const bomb = `{ ...F0 } ${times(30, (n) => `fragment F${n} on Q { ...F${n + 1} ...F${n + 1} }`)} fragment F30 on Q { a }`
    expect(refused(bomb)).toContain('1000 fields')
    expect(
      refused(
        `{ ...F0 } ${times(14, (n) => `fragment F${n} on Q { a { ...F${n + 1} } }`)} fragment F14 on Q { a { b } }`,
      ),
    ).toContain('levels')
  })

  test('finds fragments that contain themselves', () => {
    expect(code('{ ...A } fragment A on Q { ...B } fragment B on Q { x { ...A } }')).toBe(
      'GRAPHQL_VALIDATION_FAILED',
    )
    expect(code(`{ a } ${times(50, (n) => `fragment F${n} on Q { ${times(50, (m) => `...F${m}`)} }`)}`)).toBe(
      'GRAPHQL_VALIDATION_FAILED',
    )
    // One that does not exist is for validation to name.
    expect(refused('{ ...Gone }')).toBeUndefined()
  })

  test('counts repeats of one field, which validation compares one by one', () => {
    expect(refused(`{ a { ${'b '.repeat(100)} } }`)).toBeUndefined()
    expect(refused(`{ a { ${'b '.repeat(101)} } }`)).toContain('5000 pairs')
    expect(refused(`{ ${'a { b c } '.repeat(49)} }`)).toBeUndefined()
    expect(refused(`{ ${'...F '.repeat(40)} } fragment F on Q { a { b c d e f } }`)).toBeUndefined()
    expect(refused(`{ ${'...F '.repeat(45)} } fragment F on Q { a { b { c { d { e } } } } }`)).toBeUndefined()
    expect(refused(`{ ${'...F '.repeat(50)} } fragment F on Q { a { b { c { d { e } } } } }`)).toContain(
      'pairs',
    )
    expect(refused(`{ a } fragment Unused on Q { ${'b '.repeat(101)} }`)).toContain('pairs')
  })

  test('is bounded before the text is parsed', () => {
    const early = (text: string) => textTooLarge(text, defaultLimits)?.message
    expect(early('x'.repeat(100_001))).toContain('100000 characters')
    expect(early('{a'.repeat(41))).toContain('40 brackets')
    expect(early(`{ a(b: ${'['.repeat(50)}${']'.repeat(50)}) }`)).toContain('40 brackets')
    expect(early('{a}'.repeat(1000))).toBeUndefined()
    expect(early(`{ a(b: "${'['.repeat(50)}") } # ${'['.repeat(50)}`)).toBeUndefined()
    expect(early(`{ a(b: """ ${'['.repeat(50)} \\""" " """) }`)).toBeUndefined()
    expect(early(`{ a(b: "\\"${'['.repeat(50)}") }`)).toBeUndefined()
    expect(early(`"""${'['.repeat(50)}`)).toBeUndefined()
  })

  test('is what the settings say', () => {
    const limits = limitsOf(limitsConfig.parse({ SOTP_GATEWAY_DEPTH_MAX: '3', SOTP_GATEWAY_ALIASES_MAX: 0 }))
    expect(tooLarge(parse('{ a { b { c { d } } } }'), limits)?.message).toContain('3 levels')
    expect(tooLarge(parse('{ x: a }'), limits)?.message).toContain('0 aliases')
  })
})

describe('variables', () => {
  const why = (variables: unknown, longTexts = false) => {
    const error = variablesRefused(variables, defaultLimits, longTexts)
    return error && [error.extensions['code'], error.message].join(' ')
  }
  const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)

  test('are taken as they come when they are sensible', () => {
    expect(why(undefined)).toBeUndefined()
    expect(why(null)).toBeUndefined()
    expect(why({ a: 1, b: { c: ['x', null, true] } })).toBeUndefined()
    expect(why({ csv: 'x'.repeat(1_000_000) }, true)).toBeUndefined()
  })

  test('are refused when they are too many, too deep, too long, or no object', () => {
    expect(why([1])).toContain('BAD_REQUEST')
    expect(why('{}')).toContain('BAD_REQUEST')
    expect(why({ a: nested(100_000) })).toContain('QUERY_TOO_COMPLEX')
    expect(why({ a: Array(10_000).fill(1) })).toContain('10000 values')
    expect(why({ a: 'x'.repeat(10_001) })).toContain('10000 characters')
    expect(why(JSON.parse('{"a":{"__proto__":{"x":1}}}'))).toContain('BAD_REQUEST')
  })
})
