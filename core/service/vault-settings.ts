import { setTimeout as sleep } from 'node:timers/promises'

import { ConfigError, type Environment, readConfig, readSettings, vaultConfig } from './config.js'
import type { Log } from './log.js'
import { vaultPath } from './secrets-vault.js'
import { openVault } from './vault.js'
import { VaultError } from './vault-api.js'

interface SettingsOptions {
  log: Log
  /** Ends the waiting, by throwing its reason. */
  signal: AbortSignal
  /** Told each time that they cannot be read yet. */
  waiting(why: string): void
}

const againMs = 500

/**
 * Settings that lie in Vault, at `<prefix>/settings`, field by field under their names: above all the passwords of the
 * stores and the keys. What is there goes before the environment. Waits for as long as Vault is sealed, away or refuses;
 * without SOTP_VAULT_ADDR there is nothing to read.
 * @throws ConfigError for what can be no setting
 */
export async function settingsInVault(
  env: Environment,
  { log, signal, waiting }: SettingsOptions,
): Promise<Record<string, string>> {
  const config = readConfig(vaultConfig, env)
  if (config.SOTP_VAULT_ADDR === undefined) return {}
  await using vault = openVault(config, log)
  const path = vaultPath(config, 'settings')
  for (;;) {
    try {
      return checked((await vault.read(path)) ?? {}, path)
    } catch (error) {
      if (!(error instanceof VaultError)) throw error
      waiting(error.message)
    }
    await sleep(againMs, undefined, { signal })
  }
}

/** The environment with what lies in Vault: files are read, and what Vault has replaces what it names. */
export const withVault = (env: Environment, inVault: Record<string, string>): Environment => ({
  ...readSettings(env),
  ...inVault,
})

function checked(found: Record<string, unknown>, path: string): Record<string, string> {
  const faults = Object.entries(found).flatMap(([key, value]) => {
    if (!/^SOTP_\w+$/.test(key) || /^SOTP_VAULT_|_FILE$/.test(key))
      return [{ key, message: `is no setting that can lie in Vault (${path})` }]
    return typeof value === 'string' || typeof value === 'number'
      ? []
      : [{ key, message: `must be a text or a number in Vault (${path})` }]
  })
  if (faults.length > 0) throw new ConfigError(faults)
  return Object.fromEntries(Object.entries(found).map(([key, value]) => [key, String(value)]))
}
