import type { Trap, TrapRefusal } from '#core/contract/traps.js'

import type { Place } from '#core/service/snmp/ber-reader.js'

import type { Notification } from './notification.js'

/** What an SNMPv3 message says of its sender. */
export interface V3Sender {
  user: string
  engineId: string
}

/** What a datagram turned out to be. */
export type Received =
  | {
      outcome: 'accepted'
      version: NonNullable<Trap['version']>
      notification: Notification
      sender: V3Sender | null
      /** Where communities lie in the datagram. */
      secrets: readonly Place[]
      /** Of an inform: writes the Response, as late as possible since it tells the time. */
      reply?: (now: number) => Buffer
    }
  | {
      outcome: 'refused'
      reason: TrapRefusal
      detail: string
      version: Trap['version']
      /** Where it could be read all the same. */
      notification: Notification | null
      sender: V3Sender | null
      secrets: readonly Place[]
      /** A Report, which tells the sender what is wrong. */
      report?: Buffer | undefined
    }
  /** A step of SNMPv3's engine discovery or time synchronisation (RFC 3414 §4): nothing to keep. */
  | { outcome: 'answered'; report: Buffer }

export const answered = (report: Buffer): Received => ({ outcome: 'answered', report })

/** An SNMPv3 message that is refused. */
export const refused = (
  reason: TrapRefusal,
  detail: string,
  sender: V3Sender,
  report?: Buffer,
): Received => ({
  outcome: 'refused',
  reason,
  detail,
  version: 'V3',
  notification: null,
  sender,
  secrets: [],
  report,
})
