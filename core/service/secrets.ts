import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
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

/** Seals and opens secrets with AES-256-GCM: `v1.<iv>.<tag>.<ciphertext>`, base64url, bound to `ref` as AAD. */
export interface SecretBox {
  seal(ref: string, plain: string): string
  /** @throws Error when the text was changed, belongs to another ref or was sealed with another key. */
  open(ref: string, sealed: string): Secret<string>
}

export function openSecretBox(keyBase64: string): SecretBox {
  const key = Buffer.from(keyBase64, 'base64')
  return {
    seal(ref, plain) {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(ref))
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return ['v1', ...[iv, cipher.getAuthTag(), body].map((part) => part.toString('base64url'))].join('.')
    },
    open(ref, sealed) {
      const [version, iv = '', tag = '', body = ''] = sealed.split('.')
      if (version !== 'v1') throw new Error(`secret ${ref} has an unknown format`)
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'))
        .setAAD(Buffer.from(ref))
        .setAuthTag(Buffer.from(tag, 'base64url'))
      return new Secret(
        Buffer.concat([decipher.update(Buffer.from(body, 'base64url')), decipher.final()]).toString('utf8'),
      )
    },
  }
}

/**
 * Where collectors find credentials. The sealed text lies in PostgreSQL (inventory owns it) and is published, still
 * sealed, for collectors that have no database.
 */
export interface SecretShelf {
  publish(sealedByRef: ReadonlyMap<string, string>): Promise<void>
  remove(ref: string): Promise<void>
  /** Undefined when there is no such secret. @throws Error when it cannot be opened with this key. */
  get(ref: string): Promise<Secret<string> | undefined>
}

const shelfKey = 'sotp:secrets'

export const openSecretShelf = (redis: Redis, box: SecretBox): SecretShelf => ({
  async publish(sealedByRef) {
    if (sealedByRef.size > 0) await redis.hset(shelfKey, sealedByRef)
  },
  async remove(ref) {
    await redis.hdel(shelfKey, ref)
  },
  async get(ref) {
    const sealed = await redis.hget(shelfKey, ref)
    return sealed === null ? undefined : box.open(ref, sealed)
  },
})
