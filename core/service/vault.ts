import type { VaultConfig } from './config.js'
import type { Log } from './log.js'
import { type Lease, openVaultApi, VaultError } from './vault-api.js'

/** A session with Vault's key-value store (version 2). Paths are below its mount, as `sotp/credentials/…`. */
export interface Vault extends AsyncDisposable {
  /** Undefined where there is no such secret. @throws VaultError */
  read(path: string): Promise<Record<string, unknown> | undefined>
  /** @throws VaultError */
  write(path: string, data: Record<string, unknown>): Promise<void>
  /** Deletes a secret with all its versions. @throws VaultError */
  destroy(path: string): Promise<void>
  /** @throws VaultError with the reason while it cannot be used */
  check(): Promise<void>
}

const retryMs = { first: 500, most: 30_000 }
/** Timers cannot wait for longer than 24 days. */
const waitMaxMs = 20 * 86_400_000
const writesMax = 3

/** Two thirds of a token's life: what then goes wrong leaves a third to be put right. */
export const renewAfterMs = ({ ttlMs }: Lease): number => Math.min((ttlMs * 2) / 3, waitMaxMs)

/**
 * Signs in, keeps the token alive, and signs in anew where it is not renewed or not taken any more. Vault being sealed
 * or away, at the start or later, fails the calls and `check`, and is tried again for ever.
 * @throws ConfigError
 */
export function openVault(config: VaultConfig, log: Log): Vault {
  const api = openVaultApi(config)
  let fault: unknown
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let signing: Promise<void> | undefined
  let stopped = false

  function later(ms: number, work: () => Promise<void>): void {
    clearTimeout(timer)
    if (!stopped) timer = setTimeout(work, ms)
  }

  function keep(lease: Lease): void {
    if (Number.isFinite(lease.ttlMs)) later(renewAfterMs(lease), () => renew(lease))
  }

  async function renew(lease: Lease): Promise<void> {
    try {
      const next = lease.renewable ? await api.renew() : undefined
      // Near the end of its longest life a token is renewed for less and less.
      if (next && next.ttlMs > lease.ttlMs / 2) return keep(next)
    } catch (error) {
      log.info({ err: error }, 'vault token was not renewed, signing in anew')
    }
    await signIn()
  }

  /** One at a time, whoever asks. Never throws: `fault` says how it went. */
  function signIn(): Promise<void> {
    signing ??= api
      .signIn()
      .then(
        (lease) => {
          if (fault) log.info('vault can be used again')
          fault = undefined
          failures = 0
          keep(lease)
        },
        (error: unknown) => {
          if (!fault) log.warn({ err: error }, 'vault cannot be used, will retry')
          fault = error
          later(Math.min(retryMs.first * 2 ** failures++, retryMs.most), signIn)
        },
      )
      .finally(() => {
        signing = undefined
      })
    return signing
  }

  async function use<Result>(work: () => Promise<Result>): Promise<Result> {
    await signing
    if (fault) throw fault
    try {
      return await work()
    } catch (error) {
      // Refused by policy, or a token that was revoked before its time?
      if (!(error instanceof VaultError) || error.status !== 403 || (await api.isTokenGood())) throw error
      await signIn()
      if (fault) throw fault
      return work()
    }
  }

  async function write(path: string, data: Record<string, unknown>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { version } = await api.read(path)
      try {
        return await api.write(path, data, version)
      } catch (error) {
        // Somebody wrote between our look and our write: ours is the later one.
        const lost = error instanceof VaultError && error.status === 400 && attempt < writesMax
        if (!lost) throw error
      }
    }
  }

  void signIn()
  return {
    read: (path) => use(async () => (await api.read(path)).data),
    write: (path, data) => use(() => write(path, data)),
    destroy: (path) => use(() => api.destroy(path)),
    async check() {
      await signing
      if (fault) throw fault
      await api.health()
    },
    async [Symbol.asyncDispose]() {
      stopped = true
      clearTimeout(timer)
      await signing
      clearTimeout(timer)
    },
  }
}
