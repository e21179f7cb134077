import type { CredentialSecret } from '#core/contract/credentials.js'

import type { Name } from '#core/service/snmp/object-id.js'
import type { Bindings } from './pdu.js'
import type { Varbind } from './values.js'

/**
 * How an agent is spoken to. `own`: over a socket of its own, which learns at once that nobody listens. `shared`: over
 * the socket of all. `any_address`: over the shared one, hearing answers from other addresses of the agent.
 */
export type Route = 'own' | 'shared' | 'any_address'

/** One conversation with one agent, one try a request. Every method throws SnmpFault and nothing else. */
export interface SnmpSession {
  /** In the order asked; what the agent does not have comes as missing (v2c, v3) or as a fault that names it (v1). */
  get(oids: readonly string[]): Promise<Varbind[]>
  /**
   * What follows each name, as it came: one follower of the first name, then rows of one follower of each other name,
   * at most `repetitions` of them. v1 and agents without GETBULK give one row.
   */
  next(names: readonly Name[], repetitions: number): Promise<Bindings>
  /** From the next request on. */
  route(route: Route): void
  /** Running requests fail at once. A second call does nothing. */
  close(): void
}

export interface SessionSettings {
  /** An IP address. */
  ip: string
  port: number
  timeoutMs: number
  version: 'V1' | 'V2C' | 'V3'
  secret: CredentialSecret
  /** Id of the credential the secret is of: its localised keys are kept under it. */
  credentialId: string
  /** SNMPv3: which of the agent's contexts; empty is the default one. */
  contextName: string
  /** False: GETNEXT instead of GETBULK. */
  bulk: boolean
  route: Route
}
