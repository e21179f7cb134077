import { describe, expect, test } from 'vitest'

import { createFormat } from './format'

const en = createFormat('en-GB')
const pl = createFormat('pl')
const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ')

describe('bits a second', () => {
  test.each([
    [0, '0 bit/s'],
    [999, '999 bit/s'],
    [1_000, '1 kbit/s'],
    [1_240_000_000, '1.24 Gbit/s'],
    [40e9, '40 Gbit/s'],
    [1e15, '1,000 Tbit/s'],
  ])('%d is %s', (value, text) => expect(en.bits(value)).toBe(text))
  test('follow the locale', () => expect(plain(pl.bits(1_240_000_000))).toBe('1,24 Gbit/s'))
})

describe('durations use at most two units', () => {
  test.each([
    [0, '0s'],
    [59, '59s'],
    [60, '1m'],
    [3_599, '59m'],
    [3_600, '1h'],
    [3_660, '1h 1m'],
    [90_000, '1d 1h'],
    [8_640_000, '100d'],
  ])('%d s is %s', (seconds, text) => expect(en.duration(seconds)).toBe(text))
  test('a clock that runs ahead never makes a negative one', () => expect(en.duration(-5)).toBe('0s'))
})

test('ages round down to one unit', () => {
  const now = Date.UTC(2026, 10, 23, 12)
  const ago = (seconds: number) => en.ago(now - seconds * 1000, now)
  expect(ago(5)).toMatch(/5.?s.*ago/)
  expect(ago(119)).toMatch(/^1 ?m.*ago/)
  expect(ago(7_300)).toMatch(/^2 ?h.*ago/)
  expect(ago(200_000)).toMatch(/^2 ?d.*ago/)
  expect(ago(-30)).toMatch(/0.?s.*ago/)
})

test('percent shows the decimals it is asked for', () => {
  expect(en.percent(0.99712, 2)).toBe('99.71%')
  expect(en.percent(0.5)).toBe('50%')
  expect(plain(pl.percent(0.123, 1))).toBe('12,3%')
})

test('what is not known is a dash, and zero is not', () => {
  for (const show of [en.bits, en.ms, en.number, en.integer, en.duration]) {
    expect(show(null)).toBe('–')
    expect(show(undefined)).toBe('–')
    expect(show(0)).not.toBe('–')
  }
  expect(en.percent(null)).toBe('–')
})
