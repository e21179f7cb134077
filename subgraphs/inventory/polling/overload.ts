import type { PlanLoad } from '#core/contract/polling.js'
import type { CollectorKind } from '#core/contract/telemetry.js'
import type { Log } from '#core/service/log.js'
import { count, gauge } from '#core/service/metrics.js'

import { kinds } from './targets.js'

type Shedding = PlanLoad[CollectorKind]['shedding']

const levels: readonly Shedding[] = ['NOTHING', 'SLOW_TABLES', 'POLLS']
const logEveryMs = 60_000
const missedForMs = 60_000

/** From one waiting job for each shard on a whole round is late; from two on, polls that are added only make it worse. */
const levelOf = (waiting: number, shards: number): number =>
  waiting > 2 * shards ? 2 : waiting > shards ? 1 : 0

/**
 * What to leave out of each kind: first the tables that change slowly, then polls; of SNMP before ICMP, for it tells least
 * for the most work: whatever ICMP has to leave out, SNMP does as well.
 */
export function sheddingOf(
  load: Record<CollectorKind, { waiting: number; shards: number }>,
): Record<CollectorKind, Shedding> {
  const icmp = levelOf(load.icmp.waiting, load.icmp.shards)
  const snmp = Math.max(icmp, levelOf(load.snmp.waiting, load.snmp.shards))
  return { icmp: levels[icmp] ?? 'POLLS', snmp: levels[snmp] ?? 'POLLS' }
}

/** Knows whether collectors keep up, and says so where they do not: in the log, in metrics, and to whoever asks. */
export class Overload {
  #load: PlanLoad = {
    icmp: { shards: 0, waiting: 0, shedding: 'NOTHING', missedPolls: 0 },
    snmp: { shards: 0, waiting: 0, shedding: 'NOTHING', missedPolls: 0 },
  }
  readonly #missed: { kind: CollectorKind; at: number; polls: number }[] = []
  #toldAt = 0

  constructor(private readonly log: Log) {}

  /** Takes in how many jobs wait for how many shards. */
  observe(now: Record<CollectorKind, { waiting: number; shards: number }>): Record<CollectorKind, Shedding> {
    const shedding = sheddingOf(now)
    for (const kind of kinds) {
      this.#load[kind] = { ...this.#load[kind], ...now[kind], shedding: shedding[kind] }
      gauge('sotp_inventory_polls_waiting', now[kind].waiting, { kind })
      gauge('sotp_inventory_shedding', levels.indexOf(shedding[kind]), { kind })
    }
    if (kinds.some((kind) => shedding[kind] !== 'NOTHING')) this.#tell()
    return shedding
  }

  /** Polls of devices were left out. */
  missed(kind: CollectorKind, polls: number): void {
    this.#missed.push({ kind, at: Date.now(), polls })
    count('sotp_inventory_polls_missed_total', { kind }, polls)
  }

  get load(): PlanLoad {
    while ((this.#missed[0]?.at ?? Number.POSITIVE_INFINITY) < Date.now() - missedForMs) this.#missed.shift()
    for (const kind of kinds) {
      const missedPolls = this.#missed.reduce((sum, one) => sum + (one.kind === kind ? one.polls : 0), 0)
      this.#load[kind] = { ...this.#load[kind], missedPolls }
    }
    return this.#load
  }

  #tell(): void {
    if (Date.now() - this.#toldAt < logEveryMs) return
    this.#toldAt = Date.now()
    this.log.warn(this.load, 'polling slower than configured: add collectors or poll less often')
  }
}
