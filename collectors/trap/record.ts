import { randomUUID } from 'node:crypto'

import { type Trap, trapLimits } from '#core/contract/traps.js'
import { cleaned } from '#core/service/seen.js'
import type { Place } from '#core/service/snmp/ber-reader.js'

import type { Catalogue } from './catalogue.js'
import { type Meaning, meaningOf } from './meaning.js'
import type { Received } from './received.js'
import { oneLine } from './summary.js'

/** From where a datagram came, and when. */
export interface Origin {
  source: string
  port: number
  /** Unix time, ms. */
  at: number
}

const textMax = 128
/** Of a datagram that is too large to be read, so much is kept. */
const tooLargeKept = 1024

/** Makes what is stored of what was received; whose device it is, is not known yet. */
export function recordOf(
  received: Exclude<Received, { outcome: 'answered' }>,
  datagram: Buffer,
  { source, port, at }: Origin,
  catalogue: Catalogue,
): { trap: Trap; poll: boolean } {
  const { notification, sender, version } = received
  const isRefused = received.outcome === 'refused'
  const meaning = notification && meaningOf(catalogue, notification.oid, notification.varbinds)
  const { name, severity, category, summary, varbinds, poll }: Meaning = meaning ?? {
    name: null,
    severity: 'NOTICE',
    category: 'OTHER',
    summary: `A datagram that was not accepted: ${isRefused ? received.detail : ''}`,
    varbinds: [],
    poll: false,
  }
  const trap: Trap = {
    id: randomUUID(),
    at,
    lastAt: at,
    repeats: 0,
    source,
    sourcePort: port,
    deviceId: null,
    version,
    kind: notification?.kind ?? null,
    oid: notification?.oid ?? null,
    name,
    severity,
    category,
    summary: cleaned(oneLine(summary)),
    upTimeTicks: notification?.upTimeTicks ?? null,
    agentAddress: notification?.agentAddress ?? null,
    engineId: sender ? sender.engineId.slice(0, textMax) : null,
    user: sender ? cleaned(sender.user.slice(0, textMax)) : null,
    varbinds,
    refusal: isRefused ? received.reason : null,
    detail: isRefused ? cleaned(received.detail.slice(0, 500)) : null,
    raw: masked(datagram, received.secrets).toString('base64'),
  }
  return { trap, poll: poll && !isRefused }
}

/** The datagram with asterisks where a community stands: those who may look at traps may not learn it. */
function masked(datagram: Buffer, secrets: readonly Place[]): Buffer {
  const shown = datagram.length > trapLimits.datagramBytes ? datagram.subarray(0, tooLargeKept) : datagram
  const copy = Buffer.from(shown)
  for (const { from, to } of secrets) copy.fill('*', from, to)
  return copy
}
