import * as z from 'zod'

import {
  type CredentialSecret,
  credentialKind,
  credentialSecret,
  weaknessOf,
} from '#core/contract/credentials.js'
import { parseInput, SotpError } from '#core/service/errors.js'

import { nameOf } from '../device/device.schema.js'
import type { CredentialInput } from './credential.js'

export const credentialHead = z.object({ name: nameOf(100), kind: credentialKind })

const ofV3 = ['username', 'authProtocol', 'authKey', 'privProtocol', 'privKey'] as const

/**
 * The whole secret that an input means; what it leaves out comes from `known`, the secret so far.
 * @throws SotpError BAD_USER_INPUT naming the field that is missing, too much or not valid.
 */
export function secretOf(input: CredentialInput, known?: CredentialSecret): CredentialSecret {
  const same = known?.kind === input.kind ? known : undefined
  if (input.kind === 'SNMP_COMMUNITY') {
    for (const field of ofV3) if (filled(input[field])) refuse(field, 'is only for SNMP_V3')
    const community = input.community ?? (same?.kind === 'SNMP_COMMUNITY' ? same.community : undefined)
    if (!filled(community)) refuse('community', 'is needed for SNMP_COMMUNITY')
    return parseInput(credentialSecret, { kind: input.kind, community })
  }
  if (filled(input.community)) refuse('community', 'is only for SNMP_COMMUNITY')
  const before = same?.kind === 'SNMP_V3' ? same : undefined
  const secret = Object.fromEntries(
    ofV3.map((field) => [field, (input[field] === undefined ? before?.[field] : input[field]) ?? null]),
  ) as Record<(typeof ofV3)[number], string | null>
  if (!filled(secret.username)) refuse('username', 'is needed for SNMP_V3')
  pair(secret.authProtocol, secret.authKey, ['authProtocol', 'authKey'])
  pair(secret.privProtocol, secret.privKey, ['privProtocol', 'privKey'])
  if (filled(secret.privProtocol) && !filled(secret.authProtocol)) {
    refuse('authProtocol', 'is needed with privProtocol: SNMPv3 has no privacy without authentication')
  }
  return parseInput(credentialSecret, { kind: input.kind, ...secret })
}

/**
 * Whether weak protocols are allowed from now on. @throws SotpError BAD_USER_INPUT naming `allowWeak` where the secret
 * needs it.
 */
export function weakAllowed(
  secret: CredentialSecret,
  { allowWeak }: CredentialInput,
  before = false,
): boolean {
  const allowed = allowWeak ?? before
  const weakness = weaknessOf(secret)
  if (weakness !== null && !allowed) {
    refuse('allowWeak', `must be true for ${weakness}; the default is SHA256 with AES128`)
  }
  return secret.kind === 'SNMP_V3' && allowed
}

const filled = (value: unknown): boolean => value !== undefined && value !== null && value !== ''

function pair(protocol: unknown, key: unknown, [protocolField, keyField]: [string, string]): void {
  if (filled(protocol) && !filled(key)) refuse(keyField, `is needed with ${protocolField}`)
  if (filled(key) && !filled(protocol)) refuse(protocolField, `is needed with ${keyField}`)
}

function refuse(field: string, why: string): never {
  throw new SotpError('BAD_USER_INPUT', { message: `input.${field}: ${why}`, field: `input.${field}` })
}
