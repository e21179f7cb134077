import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { parseArgs } from 'node:util'
import * as z from 'zod'

import {
  ConfigError,
  type ConfigFault,
  chassisConfig,
  type Environment,
  integer,
  readConfig,
} from '#core/service/config.js'

import { targetNames } from './targets.js'

/** Settings of the launcher itself. */
const localConfig = z.object({
  /** Where this installation keeps its data, logs and secrets. */
  SOTP_STATE_DIR: z.string().default('.sotp'),
  SOTP_HTTP_PORT: integer({ min: 1, max: 65_535, byDefault: 4000 }),
  SOTP_HTTP_HOST: z.string().default('127.0.0.1'),
  SOTP_ADMIN_EMAIL: z.email().default('admin@sotp.local'),
  /** Generated and kept in the state folder where it is not given. */
  SOTP_ADMIN_PASSWORD: z.string().min(12).max(128).optional(),
  SOTP_DATABASE_URL: chassisConfig.shape.SOTP_DATABASE_URL.optional(),
  /** Another role of the same database, which then owns the audit log: the services' role can only add to it. */
  SOTP_DATABASE_OWNER_URL: chassisConfig.shape.SOTP_DATABASE_URL.optional(),
  SOTP_REDIS_URL: chassisConfig.shape.SOTP_REDIS_URL.optional(),
  SOTP_SECRETS_KEY: chassisConfig.shape.SOTP_SECRETS_KEY.optional(),
  SOTP_SECRETS_KEYS_OLD: chassisConfig.shape.SOTP_SECRETS_KEYS_OLD,
  SOTP_INTERNAL_KEY: chassisConfig.shape.SOTP_INTERNAL_KEY.optional(),
})
export type LocalConfig = z.infer<typeof localConfig>

const usage = `npm start                 the whole product with a simulated network of 24 devices
npm start -- --lab 200    … of 200 devices
npm start -- --no-lab     … empty, for your own network
npm start -- --multi      … every part as a process of its own, as in Kubernetes
npm start -- --check      only check the configuration
`

/** What the command line asks for. */
export interface Choices {
  multi: boolean
  lab: number
  check: boolean
}

/** Reads the command line; ends the process with the usage when it is not right. */
export function readArguments(): Choices {
  try {
    const { values } = parseArgs({
      allowNegative: true,
      options: {
        multi: { type: 'boolean', default: false },
        lab: { type: 'string', default: '24' },
        'no-lab': { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      process.stdout.write(usage)
      process.exit(0)
    }
    const lab = values['no-lab'] ? 0 : Number(values.lab)
    if (!Number.isInteger(lab) || lab < 0 || lab > 5000)
      throw new TypeError(`--lab takes a number of devices from 1 to 5000, not "${values.lab}"`)
    return { multi: values.multi, lab, check: values.check }
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`)
    process.exit(78)
  }
}

/** Faults of every room's settings, read by a process of its own: rooms are heavy, and their settings rarely wrong. */
export function roomFaults(env: Environment): ConfigFault[] {
  // What the launcher would fill in.
  const filledIn = {
    SOTP_DATABASE_URL: 'postgres://x',
    SOTP_REDIS_URL: 'redis://x',
    SOTP_SECRETS_KEY: Buffer.alloc(32).toString('base64'),
    SOTP_INTERNAL_KEY: 'x'.repeat(32),
  }
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      path.join(import.meta.dirname, 'process.js'),
      `--target=${targetNames.join(',')}`,
      '--check',
      '--settings',
    ],
    { input: JSON.stringify({ ...filledIn, ...env }), encoding: 'utf8' },
  )
  if (status !== 78) return []
  return [...stderr.matchAll(/^ {2}(\w+): (.*)$/gm)].map(([, key = '', message = '']) => ({ key, message }))
}

/**
 * Reads the launcher's settings. Those of the rooms are read too where `check` asks for it or something is wrong
 * already, so that all faults are told at once.
 * @throws ConfigError
 */
export function readLocalConfig(check: boolean, env: Environment): LocalConfig {
  const faults: ConfigFault[] = []
  try {
    const config = readConfig(localConfig, env)
    if (!check) return config
    faults.push(...roomFaults(env))
    if (faults.length === 0) return config
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    faults.push(...error.faults, ...roomFaults(env))
  }
  throw new ConfigError([...new Map(faults.map((fault) => [fault.key, fault])).values()])
}
