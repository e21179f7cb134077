import * as z from 'zod'

import { packedSamples, type SampleColumns, sampleColumns, unpackSamples } from './samples.js'

export const collectorKind = z.enum(['icmp', 'snmp'])
export type CollectorKind = z.infer<typeof collectorKind>

/**
 * How one poll of one device ended. Never mixed: nothing to report is not a failure, a failure is not empty, and one that
 * was due and did not take place (missed) says nothing of the device.
 */
export const pollResult = z.enum(['success', 'empty', 'unsupported', 'failed', 'missed'])

/** Why a poll failed. Each is a state of the device or of our access to it, not an exception of ours. */
export const pollFailure = z.enum([
  'NO_REPLY',
  'UNREACHABLE',
  'AUTHENTICATION_FAILED',
  'CREDENTIAL_MISSING',
  'MALFORMED_RESPONSE',
  'INCOMPLETE',
  'ADDRESS_UNRESOLVED',
  'TABLE_TOO_LARGE',
  'INTERNAL',
])
export type PollFailure = z.infer<typeof pollFailure>

export const pollOutcome = z.object({
  deviceId: z.uuid(),
  at: z.int().describe('Unix time, ms, when the poll of this device ended; missed: when it was due'),
  intervalSeconds: z
    .int()
    .optional()
    .describe('when the next one is due, where that is not as configured: it is down for long'),
  result: pollResult,
  reason: pollFailure.nullable().describe('null unless failed'),
  detail: z.string().max(500).nullable().describe('for operators: the cause in words'),
  durationMs: z.number().min(0),
})
export type PollOutcome = z.infer<typeof pollOutcome>

/** Job of queue `telemetry.batches`: what one collector saw in one go. A repeat changes nothing. */
const batch = {
  kind: z.literal('telemetry.batch'),
  collector: collectorKind,
  outcomes: z.array(pollOutcome),
}
export const telemetryBatch = z.discriminatedUnion('v', [
  z.object({ v: z.literal(2), ...batch, samples: packedSamples }),
  // What an older collector left in the queue is still taken.
  z.object({ v: z.literal(1), ...batch, samples: sampleColumns }),
])
export type TelemetryBatch = z.infer<typeof telemetryBatch>

/** `samples.stored`: the same columns after they were committed, for live charts and for alert rules. */
export const samplesStored = z.discriminatedUnion('v', [
  z.object({ v: z.literal(2), kind: z.literal('samples.stored'), samples: packedSamples }),
  z.object({ v: z.literal(1), kind: z.literal('samples.stored'), samples: sampleColumns }),
])
export type SamplesStored = z.infer<typeof samplesStored>

/** The samples of a batch or an event of either version. */
export const samplesOf = (carrier: TelemetryBatch | SamplesStored): SampleColumns =>
  carrier.v === 1 ? carrier.samples : unpackSamples(carrier.samples)

export const reachability = z.enum(['UP', 'DEGRADED', 'DOWN', 'UNREACHABLE', 'UNKNOWN'])
export type Reachability = z.infer<typeof reachability>

/** Why a device is in its state: a poll failure, or one of the reasons that only the state machine knows. */
export const stateReason = z.enum([
  'OK',
  'NEVER_POLLED',
  'STALE',
  'PAUSED',
  'NO_REPLY',
  'PACKET_LOSS',
  'AGENT_FAULT',
  'AUTHENTICATION_FAILED',
  'CREDENTIAL_MISSING',
  'ICMP_FILTERED',
  'PARENT_DOWN',
])
export type StateReason = z.infer<typeof stateReason>

/** Latest known state of one device. Numbers are null when never measured. */
export const deviceState = z.object({
  deviceId: z.uuid(),
  siteId: z.uuid().nullable(),
  reachability,
  reason: stateReason,
  since: z.int().describe('Unix time, ms, of the last change of reachability'),
  rttMs: z.number().nullable(),
  lossRatio: z.number().nullable(),
  jitterMs: z.number().nullable(),
  cpuRatio: z.number().nullable(),
  memoryRatio: z.number().nullable(),
  uptimeSeconds: z.number().nullable(),
  lastPolledAt: z.int().nullable(),
})
export type DeviceState = z.infer<typeof deviceState>

/** `device.state`: the state after each change a person would notice (reachability, reason, or new figures). */
export const deviceStateChanged = z.object({
  v: z.literal(1),
  kind: z.literal('device.state'),
  removed: z.boolean().describe('the device was deleted: forget its state'),
  previousSiteId: z
    .uuid()
    .nullish()
    .describe('where it stood before, when it was moved (null: nowhere); absent: it was not'),
  state: deviceState,
})
export type DeviceStateChanged = z.infer<typeof deviceStateChanged>
