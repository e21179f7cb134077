import { text } from 'node:stream/consumers'
import * as z from 'zod'

import { type Environment, integer, readConfig } from '#core/service/config.js'
import { Health, serveHealth } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { settingsInVault, withVault } from '#core/service/vault-settings.js'

import type { TargetName } from './targets.js'

/** What the command line of a process asks for. */
export interface Choice {
  names: TargetName[]
  check: boolean
  settings: boolean
}

export const processConfig = z.object({
  /** Where a subgraph or a worker listens; 0 takes a free port. Ignored by the gateway, which has its own. */
  SOTP_LISTEN_PORT: integer({ min: 0, max: 65_535, byDefault: 0 }),
  SOTP_LISTEN_HOST: z.string().default('127.0.0.1'),
})

/** What a process is called in logs and traces. */
export const serviceOf = (names: readonly TargetName[]): string =>
  names.length === 1 ? (names[0] ?? '') : names.includes('gateway') ? 'api' : 'worker'

/** Port and address at which probes ask this process, whatever it runs. */
const doorConfig = z.object({
  SOTP_HTTP_PORT: integer({ min: 0, max: 65_535, byDefault: 4000 }),
  SOTP_HTTP_HOST: z.string().default('127.0.0.1'),
  ...processConfig.shape,
})

/**
 * The environment, with what the launcher or Vault adds to it. While Vault cannot be read the process is alive and not
 * ready, and says why to whoever probes it.
 */
export async function settingsOf(
  { names, check, settings }: Choice,
  signal: AbortSignal,
): Promise<Environment> {
  const { env } = process
  if (settings) {
    const given = z.record(z.string(), z.string()).parse(JSON.parse(await text(process.stdin)))
    return withVault(env, given)
  }
  if (check || !env['SOTP_VAULT_ADDR']) return env
  const log = createLog(serviceOf(names))
  const health = new Health()
  let fault = 'settings in Vault have not been read yet'
  health.add('vault', async () => {
    throw new Error(fault)
  })
  const door = readConfig(doorConfig, env)
  const [port, host] = names.includes('gateway')
    ? [door.SOTP_HTTP_PORT, door.SOTP_HTTP_HOST]
    : [door.SOTP_LISTEN_PORT, door.SOTP_LISTEN_HOST]
  await using _probes = await serveHealth({ health, port, host, log })
  const waiting = (why: string) => {
    fault = why
  }
  return withVault(env, await settingsInVault(env, { log, signal, waiting }))
}
