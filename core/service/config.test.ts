import { expect, test } from 'vitest'
import * as z from 'zod'

import { ConfigError, chassisConfig, flag, integer, readConfig, readConfigs } from './config.js'

const door = z.object({
  SOTP_PORT: integer({ min: 1, max: 65_535, byDefault: 4000 }),
  SOTP_OPEN: flag(false),
})

test('fills in what is not given; an empty setting counts as not given', () => {
  expect(readConfig(door, { SOTP_PORT: '' })).toEqual({ SOTP_PORT: 4000, SOTP_OPEN: false })
  expect(readConfig(door, { SOTP_PORT: '80', SOTP_OPEN: 'yes' })).toEqual({ SOTP_PORT: 80, SOTP_OPEN: true })
})

test('tells every fault of every room at once, each once', () => {
  const read = () =>
    readConfigs(
      { a: door, b: door, chassis: chassisConfig },
      {
        SOTP_PORT: 'x',
        SOTP_OPEN: 'perhaps',
        SOTP_DATABASE_URL: 'mysql://x',
        SOTP_REDIS_URL: 'redis://x',
        SOTP_INTERNAL_KEY: 'short',
      },
    )
  expect(read).toThrow(ConfigError)
  try {
    read()
  } catch (error) {
    const keys = (error as ConfigError).faults.map(({ key }) => key)
    expect(keys.sort()).toEqual([
      'SOTP_DATABASE_URL',
      'SOTP_INTERNAL_KEY',
      'SOTP_OPEN',
      'SOTP_PORT',
      'SOTP_SECRETS_KEY',
    ])
    expect((error as Error).message).toContain('postgres://')
  }
})
