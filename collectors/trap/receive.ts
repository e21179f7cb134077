import { trapLimits } from '#core/contract/traps.js'
import { BerError } from '#core/service/snmp/ber.js'

import type { Access } from './access.js'
import { type CommunityMessage, communityResponse, readMessage } from './message.js'
import { readNotification, UnsupportedPdu } from './notification.js'
import type { V3Receiver } from './receive-v3.js'
import type { Received } from './received.js'

/** Reads one datagram, whatever is in it. It never throws on what was sent. */
export function receive(datagram: Buffer, access: Access, v3: V3Receiver, now: number): Received {
  const received = read(datagram, access, v3, now)
  if (received.outcome !== 'refused') return received
  // Where it is not what it should be, a community may stand anywhere.
  return { ...received, secrets: [...received.secrets, ...access.communitiesIn(datagram)] }
}

function read(datagram: Buffer, access: Access, v3: V3Receiver, now: number): Received {
  if (datagram.length > trapLimits.datagramBytes)
    return unread(
      'TOO_LARGE',
      `${datagram.length} octets, of which at most ${trapLimits.datagramBytes} are read`,
    )
  let message: ReturnType<typeof readMessage> | undefined
  try {
    message = readMessage(datagram)
    if (message.version !== 'V3') return receiveCommunity(datagram, message, access)
    const { head, version } = message
    return typeof head === 'number'
      ? { ...unread('UNSUPPORTED', `security model ${head}`), version }
      : v3.receive(head, access, now)
  } catch (error) {
    if (!(error instanceof BerError || error instanceof UnsupportedPdu)) throw error
    const secrets = message && message.version !== 'V3' ? [message.community] : []
    const reason = error instanceof UnsupportedPdu ? 'UNSUPPORTED' : 'MALFORMED'
    return { ...unread(reason, error.message), version: message?.version ?? null, secrets }
  }
}

function receiveCommunity(datagram: Buffer, message: CommunityMessage, access: Access): Received {
  const { version } = message
  const community = datagram.subarray(message.community.from, message.community.to)
  const notification = readNotification(message.pdu)
  const secrets = [message.community, ...notification.secrets]
  if (!access.knows(community)) {
    const detail = 'no credential has this community'
    return {
      outcome: 'refused',
      reason: 'UNKNOWN_COMMUNITY',
      detail,
      version,
      notification,
      sender: null,
      secrets,
    }
  }
  const { kind, requestId, bindings } = notification
  const reply = () => communityResponse(version, community, { requestId: requestId ?? 0, bindings })
  return {
    outcome: 'accepted',
    version,
    notification,
    sender: null,
    secrets,
    ...(kind === 'INFORM' && { reply }),
  }
}

const unread = (reason: 'TOO_LARGE' | 'MALFORMED' | 'UNSUPPORTED', detail: string) =>
  ({
    outcome: 'refused',
    reason,
    detail,
    version: null,
    notification: null,
    sender: null,
    secrets: [],
  }) satisfies Received
