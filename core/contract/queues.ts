import type * as z from 'zod'

import { auditEvent } from './audit.js'
import { deviceFacts } from './devices.js'
import { connectionTestJob, discoveryJob, discoveryReport } from './discovery.js'
import { deviceNeighbors } from './neighbors.js'
import { pollJob } from './polling.js'
import { telemetryBatch } from './telemetry.js'
import { trapBatch } from './traps.js'
import { usageReport } from './usage.js'

/** A queue is a name, the schema of its jobs (parsed when added and when processed) and a retry budget. */
export interface QueueDefinition<Schema extends z.ZodType = z.ZodType> {
  name: string
  schema: Schema
  attempts: number
  /** First retry delay; doubles with each attempt. */
  backoffMs: number
}

const queue = <Schema extends z.ZodType>(definition: QueueDefinition<Schema>): QueueDefinition<Schema> =>
  definition

/** What was measured is worth trying for weeks: a retry comes every 15 s at last, and a store may be away for long. */
const attemptsOfData = 100_000

/** Every queue there is. A poll that failed is not retried: the next slot comes. A batch of data is. */
export const queues = {
  pollIcmp: queue({ name: 'poll.icmp', schema: pollJob, attempts: 1, backoffMs: 0 }),
  pollSnmp: queue({ name: 'poll.snmp', schema: pollJob, attempts: 1, backoffMs: 0 }),
  telemetry: queue({
    name: 'telemetry.batches',
    schema: telemetryBatch,
    attempts: attemptsOfData,
    backoffMs: 250,
  }),
  facts: queue({ name: 'inventory.facts', schema: deviceFacts, attempts: attemptsOfData, backoffMs: 250 }),
  neighbors: queue({
    name: 'inventory.neighbors',
    schema: deviceNeighbors,
    attempts: attemptsOfData,
    backoffMs: 250,
  }),
  traps: queue({ name: 'telemetry.traps', schema: trapBatch, attempts: attemptsOfData, backoffMs: 250 }),
  /** What happened where there is no database: each event under its own id, so that a repeat is harmless. */
  audit: queue({ name: 'audit.events', schema: auditEvent, attempts: 1000, backoffMs: 250 }),
  /** A worker that dies leaves its run to the next, which begins it again. */
  discovery: queue({ name: 'discovery.runs', schema: discoveryJob, attempts: 20, backoffMs: 1000 }),
  discoveryReports: queue({
    name: 'discovery.reports',
    schema: discoveryReport,
    attempts: 1000,
    backoffMs: 250,
  }),
  connectionTests: queue({
    name: 'connection.tests',
    schema: connectionTestJob,
    attempts: 1,
    backoffMs: 0,
  }),
  usage: queue({ name: 'platform.usage', schema: usageReport, attempts: 1000, backoffMs: 250 }),
} as const
