import { readFile } from 'node:fs/promises'
import nodeVault from 'node-vault'

import { ConfigError, type VaultConfig } from './config.js'

/** What went wrong with Vault, in words that hold no secret: its client's own errors carry the token. */
export class VaultError extends Error {
  override readonly name = 'VaultError'
  constructor(
    message: string,
    /** HTTP status; undefined where there was no answer. */
    readonly status?: number,
  ) {
    super(message)
  }
}

/** How long a token lives. */
export interface Lease {
  /** Infinity: it never ends. */
  ttlMs: number
  renewable: boolean
}

/** The calls of Vault's HTTP API that SOTP makes. Each throws VaultError. The only place that imports `node-vault`. */
export interface VaultApi {
  /** Gets a token, which the other calls use. A plain token is only looked up. */
  signIn(): Promise<Lease>
  renew(): Promise<Lease>
  /** Whether the token is good: what is refused is then refused by policy. */
  isTokenGood(): Promise<boolean>
  /** @throws VaultError while Vault is sealed, not initialised or away */
  health(): Promise<void>
  /** Newest version of a key-value secret (version 2); `data` is undefined where there is none or it was deleted. */
  read(path: string): Promise<{ data: Record<string, unknown> | undefined; version: number }>
  /** Writes the version after `version`. @throws VaultError 400 where another was written meanwhile */
  write(path: string, data: Record<string, unknown>, version: number): Promise<void>
  /** Deletes a secret with all its versions. */
  destroy(path: string): Promise<void>
}

interface Answer {
  auth?: { client_token: string; lease_duration: number; renewable: boolean }
  data?: Record<string, unknown>
}

/** @throws ConfigError naming what the chosen way to sign in lacks */
export function openVaultApi(config: VaultConfig): VaultApi {
  const method = config.SOTP_VAULT_AUTH
  const needed = {
    approle: 'SOTP_VAULT_ROLE_ID',
    kubernetes: 'SOTP_VAULT_ROLE',
    token: 'SOTP_VAULT_TOKEN',
  } as const
  const key = needed[method]
  const given = config[key]
  if (!given) throw new ConfigError([{ key, message: `is needed where SOTP_VAULT_AUTH is ${method}` }])
  const address = config.SOTP_VAULT_ADDR ?? ''
  const { client, entrance } = clientsOf(config)
  const mount_point = config.SOTP_VAULT_AUTH_MOUNT ?? method

  async function call<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      throw told(error, what, address)
    }
  }

  async function enter(): Promise<Answer> {
    if (method === 'approle') {
      const { SOTP_VAULT_SECRET_ID: secret_id } = config
      return entrance.approleLogin({ role_id: given, ...(secret_id && { secret_id }), mount_point })
    }
    const jwt = await readFile(config.SOTP_VAULT_JWT_PATH, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new VaultError(`${config.SOTP_VAULT_JWT_PATH} cannot be read (${error.code})`)
    })
    return entrance.kubernetesLogin({ role: given, jwt: jwt.trim(), mount_point })
  }

  return {
    signIn: () =>
      call('the sign-in', async () => {
        if (method !== 'token') return leaseOf(client, await enter())
        client.token = given
        const { data } = (await client.tokenLookupSelf()) as { data: { ttl: number; renewable?: boolean } }
        return { ttlMs: msOf(data.ttl), renewable: data.renewable ?? false }
      }),
    renew: () => call('the renewal', async () => leaseOf(client, await client.tokenRenewSelf())),
    async isTokenGood() {
      try {
        await call('its own token', () => client.tokenLookupSelf())
        return true
      } catch (error) {
        if (error instanceof VaultError && error.status === 403) return false
        throw error
      }
    },
    health: () =>
      call('health', async () => {
        const { initialized, sealed } = (await entrance.health()) as {
          initialized?: boolean
          sealed?: boolean
        }
        if (sealed !== false || initialized !== true)
          throw new VaultError(sealed ? 'Vault is sealed' : 'Vault is not initialised', 503)
      }),
    read: (path) =>
      call(path, async () => {
        const at = `${config.SOTP_VAULT_MOUNT}/data/${path}`
        const { data } = (await client.read(at).catch(emptyOf)) as Answer
        const version = (data?.['metadata'] as { version?: number } | undefined)?.version ?? 0
        return { data: (data?.['data'] as Record<string, unknown> | null | undefined) ?? undefined, version }
      }),
    write: (path, data, version) =>
      call(path, () =>
        client.write(`${config.SOTP_VAULT_MOUNT}/data/${path}`, { data, options: { cas: version } }),
      ),
    destroy: (path) => call(path, () => client.delete(`${config.SOTP_VAULT_MOUNT}/metadata/${path}`)),
  }
}

/** Signing in has a client of its own: a token that is no good any more must not go with it. */
function clientsOf(config: VaultConfig) {
  const options = {
    endpoint: config.SOTP_VAULT_ADDR ?? '',
    ...(config.SOTP_VAULT_NAMESPACE && { namespace: config.SOTP_VAULT_NAMESPACE }),
    // The library would print what is written, where DEBUG asks for it.
    debug: () => {},
    requestOptions: {
      timeout: config.SOTP_VAULT_TIMEOUT_MS,
      ...(config.SOTP_VAULT_CA && { ca: config.SOTP_VAULT_CA }),
    },
  }
  const [client, entrance] = [nodeVault(options), nodeVault(options)]
  // The library takes VAULT_TOKEN from the environment.
  client.token = entrance.token = ''
  return { client, entrance }
}

function leaseOf(client: nodeVault.client, { auth }: Answer): Lease {
  if (!auth) throw new VaultError('Vault answered without a token')
  client.token = auth.client_token
  return { ttlMs: msOf(auth.lease_duration), renewable: auth.renewable }
}

const msOf = (seconds: number): number => (seconds > 0 ? seconds * 1000 : Number.POSITIVE_INFINITY)

interface Refusal {
  response?: { statusCode?: number; body?: Answer }
  code?: string
  message?: string
}

/** A secret that is not there, or whose newest version was deleted, is told by 404, with what there is to tell. */
function emptyOf(error: Refusal): Answer {
  if (error.response?.statusCode !== 404) throw error
  return { ...(error.response.body?.data && { data: error.response.body.data }) }
}

function told(error: unknown, what: string, address: string): VaultError {
  if (error instanceof VaultError) return error
  const { response, code, message = '' } = error as Refusal
  const status = response?.statusCode
  if (status === undefined)
    return new VaultError(`Vault at ${address} does not answer ${what} (${code ?? 'error'})`)
  if (status === 503) return new VaultError('Vault is sealed or not ready', status)
  return new VaultError(`Vault refuses ${what}: ${message.slice(0, 200)} (${status})`, status)
}
