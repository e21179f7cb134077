import type * as z from 'zod'

import type { CredentialSecret } from '../contract/credentials.js'
import type { QueueDefinition } from '../contract/queues.js'
import type { CollectorKind } from '../contract/telemetry.js'
import type { Resolver } from './collector-address.js'
import type { Log } from './log.js'
import type { Plan } from './plan.js'
import type { Secret } from './secrets.js'

/** Kinds of listening: what devices send of themselves. */
export type ListenerKind = 'trap'

/**
 * A kind of listening, beside the kinds of polling (`Collector`): devices speak when they want, and what they say goes on
 * a queue of its own, by way of a spool. It is started once a process.
 */
export interface Listener<Schema extends z.ZodType = z.ZodType, Batch extends z.ZodType = z.ZodType> {
  kind: ListenerKind
  /** An object whose keys are the names of environment variables, `SOTP_COLLECTORS_<KIND>_<KEY>`. */
  config: Schema
  /** Where what it hears goes. */
  queue: QueueDefinition<Batch>
  /** Resolves at once, also while Redis is away; undefined where its settings say that it is off. */
  start(
    outlet: Outlet<z.infer<Batch>>,
    context: ListenerContext<z.infer<Schema>>,
  ): Promise<RunningListener | undefined>
}

/** Where a listener puts what it heard. */
export interface Outlet<Batch> {
  /**
   * Resolves once the batch lies in the spool, which is at once, also while Redis is away. `safe`: once nothing can lose it,
   * neither this process nor the machine: the disk has it or, where there is no lasting spool, Redis. Only then may a sender
   * be told that it was received. `weight` is how many messages it holds. A second batch under one `jobId` is not added.
   * @throws Error for one that was given up before it was safe.
   */
  emit(batch: Batch, about: { jobId: string; weight: number; safe: boolean }): Promise<void>
}

/** What the chassis gives a listener. */
export interface ListenerContext<Config = unknown> {
  config: Config
  log: Log
  credentials: CredentialSet
  addresses: Resolver
  plan: Pick<Plan, 'all' | 'revision'>
  /** Asks for a poll of one device at once. */
  poll(kind: CollectorKind, deviceId: string): Promise<void>
  /** The same after each start of this installation's collectors on this host, and nowhere else. Not a secret. */
  installation: string
}

/** Every credential there is, for whoever cannot know before which one it will hear. */
export interface CredentialSet {
  /** Another one after each change. */
  revision(): Promise<string>
  /** Opens them all, which the audit log is told. One that cannot be opened is left out and logged. */
  open(): Promise<Secret<CredentialSecret>[]>
}

export interface RunningListener extends AsyncDisposable {
  /** Throws with the reason while it cannot hear. */
  check(): Promise<void>
}
