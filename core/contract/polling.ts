import * as z from 'zod'

import { icmpSettings, snmpSettings } from './devices.js'
import { collectorKind } from './telemetry.js'

/** What a collector needs to know of one device to poll it. Never a secret: `credentialRefs` name them. */
export const pollTarget = z.object({
  deviceId: z.uuid(),
  name: z.string(),
  address: z.string(),
  icmp: icmpSettings,
  snmp: snmpSettings.nullable(),
  credentialRefs: z.array(z.string()),
})
export type PollTarget = z.infer<typeof pollTarget>

/**
 * Job of queue `poll.<kind>`. `shard` names a planned slice of devices of one interval; `deviceIds` asks for these
 * devices at once (just added, re-check after a first miss, poll-now). Exactly one of both is set.
 */
export const pollJob = z
  .object({
    v: z.literal(1),
    kind: z.literal('poll'),
    collector: collectorKind,
    slotAt: z.int().describe('Unix time, ms, the poll was planned for'),
    intervalSeconds: z.int().nullable().describe('null: not a planned slot'),
    shard: z.string().nullable(),
    deviceIds: z.array(z.uuid()).nullable(),
    essentialOnly: z
      .boolean()
      .optional()
      .describe('collectors are behind: leave out tables that change slowly, such as names and neighbours'),
    slowed: z
      .array(z.object({ deviceId: z.uuid(), everySeconds: z.int(), due: z.boolean() }))
      .optional()
      .describe('devices of the shard that are down for long: how often they are polled, and whether now'),
  })
  .refine((job) => (job.shard === null) !== (job.deviceIds === null), 'exactly one of shard and deviceIds')
export type PollJob = z.infer<typeof pollJob>

/** How far the collectors of one kind keep up with the plan. */
export const kindLoad = z.object({
  shards: z.int(),
  waiting: z.int().describe('poll jobs that no collector has taken yet'),
  shedding: z
    .enum(['NOTHING', 'SLOW_TABLES', 'POLLS'])
    .describe('what is left out so that the rest keeps up, the less important first'),
  missedPolls: z.int().describe('polls of devices left out in the last minute'),
})

/** What the planner says of itself every two seconds; it stands in Redis for a few seconds only. */
export const planLoad = z.object({ icmp: kindLoad, snmp: kindLoad })
export type PlanLoad = z.infer<typeof planLoad>
