import * as z from 'zod'

export const credentialKind = z.enum(['SNMP_COMMUNITY', 'SNMP_V3'])
export type CredentialKind = z.infer<typeof credentialKind>

export const authProtocol = z.enum(['MD5', 'SHA', 'SHA224', 'SHA256', 'SHA384', 'SHA512'])
export type AuthProtocol = z.infer<typeof authProtocol>
export const privProtocol = z.enum(['DES', 'AES128', 'AES192B', 'AES192R', 'AES256B', 'AES256R'])
export type PrivProtocol = z.infer<typeof privProtocol>

/**
 * The secret part of a credential, as it lies sealed in the store. USM keys are pass phrases of at least 8
 * characters (RFC 3414 §11.2). `B` and `R` tell how short hashes are extended for long AES keys: by the drafts of
 * Blumenthal, or of Reeder, as Cisco does.
 */
export const credentialSecret = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('SNMP_COMMUNITY'), community: z.string().min(1).max(255) }),
  z.object({
    kind: z.literal('SNMP_V3'),
    username: z.string().min(1).max(32),
    authProtocol: authProtocol.nullable(),
    authKey: z.string().min(8).max(255).nullable(),
    privProtocol: privProtocol.nullable(),
    privKey: z.string().min(8).max(255).nullable(),
  }),
])
export type CredentialSecret = z.infer<typeof credentialSecret>

const weakProtocols: readonly (AuthProtocol | PrivProtocol | null)[] = ['MD5', 'SHA', 'DES']

/**
 * What is weak about a user of SNMPv3, in words; null when it is as strong as it should be: authentication with at
 * least SHA-224, and privacy by AES. A community is weak by nature and not meant here.
 */
export function weaknessOf(secret: CredentialSecret): string | null {
  if (secret.kind !== 'SNMP_V3') return null
  const { authProtocol: auth, privProtocol: priv } = secret
  if (auth === null) return 'no authentication'
  if (priv === null) return 'no encryption'
  const weak = [auth, priv].filter((protocol) => weakProtocols.includes(protocol))
  return weak.length > 0 ? weak.join(' and ') : null
}
