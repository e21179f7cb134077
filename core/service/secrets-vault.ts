import { type ChassisConfig, type VaultConfig } from './config.js'
import type { Log } from './log.js'
import { Secret, type Secrets } from './secrets.js'
import { openVault, type Vault } from './vault.js'

/** Path of what lies below this installation's prefix, as `sotp/credentials/<ref>`. */
export const vaultPath = ({ SOTP_VAULT_PREFIX }: VaultConfig, ...names: string[]): string =>
  [SOTP_VAULT_PREFIX, ...names].join('/')

/**
 * Secrets in Vault, one each at `<prefix>/credentials/<ref>`. One that is a JSON object lies there field by field, so
 * that people can change a community or a key by Vault's own means; another is its field `value`.
 */
export const vaultSecrets = (vault: Vault, config: VaultConfig): Secrets => {
  const at = (ref: string) => vaultPath(config, 'credentials', ref)
  return {
    lasting: true,
    async get(ref) {
      const data = await vault.read(at(ref))
      return data && new Secret(textOf(data))
    },
    set: (ref, plain) => vault.write(at(ref), fieldsOf(plain)),
    remove: (ref) => vault.destroy(at(ref)),
    check: vault.check,
  }
}

/** The backend that is configured: Vault where SOTP_VAULT_ADDR says so, else the given shelf. */
export function openSecrets(
  config: ChassisConfig,
  shelf: Secrets,
  { log, stack }: { log: Log; stack: AsyncDisposableStack },
): Secrets {
  return config.SOTP_VAULT_ADDR === undefined
    ? shelf
    : vaultSecrets(stack.use(openVault(config, log)), config)
}

function textOf(data: Record<string, unknown>): string {
  const { value, ...others } = data
  return typeof value === 'string' && Object.keys(others).length === 0 ? value : JSON.stringify(data)
}

function fieldsOf(plain: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(plain)
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    if (isObject && !('value' in parsed)) return { ...parsed }
  } catch {
    // No JSON.
  }
  return { value: plain }
}
