import type { CredentialSecret } from '#core/contract/credentials.js'
import type { SnmpVersion } from '#core/contract/devices.js'
import type { CredentialRef } from '#core/contract/discovery.js'
import type { Credentials } from '#core/service/collector-credentials.js'
import type { Secret } from '#core/service/secrets.js'

/** One way to ask an agent. */
export interface Access {
  credentialId: string
  version: SnmpVersion
  secret: Secret<CredentialSecret>
}

/** v1 is asked for last: it has no 64-bit counters. */
const versions = { SNMP_COMMUNITY: ['V2C', 'V1'], SNMP_V3: ['V3'] } as const satisfies Record<
  CredentialRef['kind'],
  readonly SnmpVersion[]
>

/**
 * Opens credentials in their order; one that is gone is left out. @throws Error naming the credential that cannot be
 * opened
 */
export async function openAccess(
  credentials: Credentials,
  refs: readonly CredentialRef[],
): Promise<Access[]> {
  const ways: Access[] = []
  for (const { id, kind } of refs) {
    const secret = await credentials.first([id], kind)
    if (secret) for (const version of versions[kind]) ways.push({ credentialId: id, version, secret })
  }
  return ways
}
