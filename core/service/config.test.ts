import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
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

test('takes a setting from the file that is named for it, and says what is wrong with that', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sotp-config-'))
  const file = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), text)
    return path.join(folder, name)
  }
  const [port, empty] = [file('port', '80\r\n'), file('empty', '\n')]
  expect(readConfig(door, { SOTP_PORT_FILE: port })).toEqual({ SOTP_PORT: 80, SOTP_OPEN: false })
  expect(readConfig(door, { SOTP_PORT_FILE: '', PORT_FILE: 'nowhere' }).SOTP_PORT).toBe(4000)
  const wrong = {
    SOTP_PORT: '80',
    SOTP_PORT_FILE: port,
    SOTP_OPEN_FILE: path.join(folder, 'gone'),
    SOTP_DATABASE_URL_FILE: empty,
  }
  expect(() => readConfig(door, wrong)).toThrow(
    new ConfigError([
      { key: 'SOTP_PORT_FILE', message: 'names a file for SOTP_PORT, which is given as well; leave one out' },
      { key: 'SOTP_OPEN_FILE', message: `${folder}/gone cannot be read (ENOENT)` },
      { key: 'SOTP_DATABASE_URL_FILE', message: `${empty} is empty` },
    ]),
  )
})
