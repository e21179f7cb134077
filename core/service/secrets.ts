import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import type { Redis } from 'ioredis'

/** A value that must never be seen: prints `[redacted]` in logs, JSON, templates and errors. */
export class Secret<T> {
  readonly #value: T
  constructor(value: T) {
    this.#value = value
  }
  /** The value itself. Call it where the secret is used, and nowhere else. */
  reveal(): T {
    return this.#value
  }
  toString(): string {
    return '[redacted]'
  }
  toJSON(): string {
    return '[redacted]'
  }
  [inspect.custom](): string {
    return '[redacted]'
  }
}

/**
 * Seals and opens secrets with AES-256-GCM: `v2.<key id>.<iv>.<tag>.<ciphertext>`, base64url, bound to `ref` as AAD.
 * `v1.<iv>.<tag>.<ciphertext>` is the same without the name of its key, and is still opened.
 */
export interface SecretBox {
  seal(ref: string, plain: string): string
  /** @throws Error when the text was changed, belongs to another ref or was sealed with a key that is not here. */
  open(ref: string, sealed: string): Secret<string>
  /** Whether it is sealed as `seal` does it now, so that the old keys are not needed for it. */
  isCurrent(sealed: string): boolean
}

/** Keys are 32 bytes in base64. `old` ones open what they sealed; only `current` seals. */
export function openSecretBox(current: string, old: readonly string[] = []): SecretBox {
  const keys = new Map([current, ...old].map((text) => [idOf(text), Buffer.from(text, 'base64')]))
  const currentId = idOf(current)
  return {
    seal(ref, plain) {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', Buffer.from(current, 'base64'), iv).setAAD(
        Buffer.from(ref),
      )
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      const parts = [iv, cipher.getAuthTag(), body].map((part) => part.toString('base64url'))
      return ['v2', currentId, ...parts].join('.')
    },
    open(ref, sealed) {
      const [version = '', ...parts] = sealed.split('.')
      if (version === 'v1' && parts.length === 3) return openWithAny(keys.values(), ref, parts)
      if (version !== 'v2' || parts.length !== 4) throw new Error(`secret ${ref} has an unknown format`)
      const key = keys.get(parts[0] ?? '')
      if (!key) throw new Error(`secret ${ref} was sealed with another key, named ${parts[0]}`)
      return openWithAny([key], ref, parts.slice(1))
    },
    isCurrent: (sealed) => sealed.startsWith(`v2.${currentId}.`),
  }
}

/** Tells keys apart and tells nothing about them. */
const idOf = (keyBase64: string): string =>
  createHash('sha256')
    .update('sotp secrets key')
    .update(Buffer.from(keyBase64, 'base64'))
    .digest()
    .subarray(0, 6)
    .toString('base64url')

function openWithAny(keys: Iterable<Buffer>, ref: string, parts: readonly string[]): Secret<string> {
  const [iv, tag, body] = parts.map((part) => Buffer.from(part, 'base64url'))
  for (const key of keys) {
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, iv ?? '', { authTagLength: 16 })
        .setAAD(Buffer.from(ref))
        .setAuthTag(tag ?? Buffer.alloc(0))
      return new Secret(Buffer.concat([decipher.update(body ?? ''), decipher.final()]).toString('utf8'))
    } catch {
      // Another key, or a text that no key opens: told below.
    }
  }
  throw new Error(
    `secret ${ref} cannot be opened: it was sealed with another key, for another use, or changed`,
  )
}

/**
 * The secrets of the network, by reference. Two backends: the embedded shelf below, and Vault (`secrets-vault.ts`).
 * Jobs and rows carry the reference; whoever needs the secret asks here.
 */
export interface Secrets {
  /** Whether it keeps what it is given. The shelf may lose it with Redis: the owner keeps a sealed copy. */
  readonly lasting: boolean
  /** Undefined when there is no such secret. @throws Error when it cannot be told now, or not be opened with our keys. */
  get(ref: string): Promise<Secret<string> | undefined>
  set(ref: string, plain: string): Promise<void>
  remove(ref: string): Promise<void>
  /** Throws with the reason while secrets cannot be read. */
  check(): Promise<void>
}

/** The embedded backend as collectors, which have no database, see it: sealed texts in Redis. */
export interface SecretShelf extends Secrets {
  /** Puts texts on it that are sealed already. */
  publish(sealedByRef: ReadonlyMap<string, string>): Promise<void>
  clear(): Promise<void>
}

/** Redis key of the shelf: a hash of sealed texts by ref. */
const shelfKey = 'sotp:secrets'

export const openSecretShelf = (redis: Redis, box: SecretBox): SecretShelf => ({
  lasting: false,
  async publish(sealedByRef) {
    if (sealedByRef.size > 0) await redis.hset(shelfKey, sealedByRef)
  },
  async clear() {
    await redis.del(shelfKey)
  },
  async set(ref, plain) {
    await redis.hset(shelfKey, ref, box.seal(ref, plain))
  },
  async remove(ref) {
    await redis.hdel(shelfKey, ref)
  },
  async get(ref) {
    const sealed = await redis.hget(shelfKey, ref)
    return sealed === null ? undefined : box.open(ref, sealed)
  },
  async check() {
    await redis.ping()
  },
})
