import type * as z from 'zod'

import type { RoomOptions, RunningRoom, RunningSubgraph } from '#core/service/room.js'
import type { SealedColumn } from '#db/reseal.js'

/** A subgraph: joined in memory where a gateway runs in the same process, else served over HTTP. */
export interface SubgraphTarget {
  role: 'subgraph'
  load: () => Promise<{
    config: z.ZodType
    /** What it seals with the secrets key, in the schema of its name. */
    sealed?: readonly SealedColumn[]
    start: (options: RoomOptions<never>) => Promise<RunningSubgraph>
  }>
}

/** A process that only works: no door but its health. */
export interface WorkerTarget {
  role: 'worker'
  /** Whether it does with Redis and secrets, so that it may run alone where no database is in reach. */
  remote?: true
  load: () => Promise<{ config: z.ZodType; start: (options: RoomOptions<never>) => Promise<RunningRoom> }>
}

/** The gateway, which needs the subgraphs of its process handed to it. */
interface GatewayTarget {
  role: 'gateway'
  load: () => Promise<typeof import('#gateway/main.js')>
}

/** Everything SOTP can run, by name. One image, many roles: in Kubernetes each is a process of its own. */
export const targets = {
  inventory: { role: 'subgraph', load: () => import('#subgraphs/inventory/main.js') },
  telemetry: { role: 'subgraph', load: () => import('#subgraphs/telemetry/main.js') },
  alerting: { role: 'subgraph', load: () => import('#subgraphs/alerting/main.js') },
  auth: { role: 'subgraph', load: () => import('#subgraphs/auth/main.js') },
  platform: { role: 'subgraph', load: () => import('#subgraphs/platform/main.js') },
  gateway: { role: 'gateway', load: () => import('#gateway/main.js') },
  planner: { role: 'worker', load: () => import('#subgraphs/inventory/plan.js') },
  ingest: { role: 'worker', load: () => import('#subgraphs/telemetry/ingest.js') },
  evaluate: { role: 'worker', load: () => import('#subgraphs/alerting/evaluate.js') },
  audit: { role: 'worker', load: () => import('#subgraphs/auth/audit.js') },
  usage: { role: 'worker', load: () => import('#subgraphs/platform/usage.js') },
  sinks: { role: 'worker', load: () => import('#subgraphs/platform/sinks.js') },
  collectors: { role: 'worker', remote: true, load: () => import('#collectors/main.js') },
} as const satisfies Record<string, SubgraphTarget | WorkerTarget | GatewayTarget>

export type TargetName = keyof typeof targets
export const targetNames = Object.keys(targets) as TargetName[]
export const subgraphNames = targetNames.filter((name) => targets[name].role === 'subgraph')
export const isRemote = (name: TargetName): boolean => 'remote' in targets[name]
export const workerNames = targetNames.filter((name) => targets[name].role === 'worker')

/** What runs in which process of a single machine. */
export const twoProcesses: Readonly<Record<string, readonly TargetName[]>> = {
  api: [...subgraphNames, 'gateway'],
  worker: workerNames,
}
