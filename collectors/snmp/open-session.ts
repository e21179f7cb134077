import { CommunityTalk } from './community-talk.js'
import { FastSession, Line } from './fast-session.js'
import { SnmpFault } from './faults.js'
import type { SessionSettings, SnmpSession } from './session.js'
import { openSlowSession } from './snmp.js'
import type { Channels } from './udp.js'
import type { UsmKeys } from './usm-keys.js'
import { UsmTalk } from './usm-talk.js'

/** What sessions share. */
export interface SessionParts {
  channels: Channels
  keys: UsmKeys
}

/** v2c and v3 by our own codec over shared sockets, v1 by net-snmp. */
export function openSession({ channels, keys }: SessionParts, settings: SessionSettings): SnmpSession {
  const { version, secret, bulk } = settings
  if ((version === 'V3') !== (secret.kind === 'SNMP_V3')) {
    throw new SnmpFault('final', 'INTERNAL', `the secret is not one of SNMP ${version}`)
  }
  if (version === 'V1') return openSlowSession(settings)
  const talk =
    secret.kind === 'SNMP_V3' ? new UsmTalk(secret, keys, settings) : new CommunityTalk(secret.community)
  return new FastSession(new Line(channels, settings), talk, bulk)
}
