import { createHmac, randomBytes } from 'node:crypto'

/**
 * Signatures of the Standard Webhooks specification (standardwebhooks.com), so that receivers check them with any of
 * its libraries.
 */

const prefix = 'whsec_'

/** A new secret: `whsec_` and 256 random bits in base64. */
export const newSinkSecret = (): string => `${prefix}${randomBytes(32).toString('base64')}`

/** `v1,` and the HMAC-SHA-256 of `id.timestamp.body` in base64. `timestamp` in seconds. */
export function sign(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(secret.startsWith(prefix) ? secret.slice(prefix.length) : secret, 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}
