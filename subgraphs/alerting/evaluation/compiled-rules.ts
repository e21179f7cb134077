import type { AlertSeverity } from '#core/contract/alerts.js'
import { type MetricName, metrics } from '#core/contract/metrics.js'
import type { EntityManager } from '#db/source.js'

import type { Condition } from '../rule/condition.js'
import { AlertRule } from '../rule/rule.js'
import { type ScopedDevice, scopeTest } from '../rule/scope.js'

/** A rule made ready to judge samples. */
export interface CompiledRule {
  id: string
  version: number
  name: string
  enabled: boolean
  deleted: boolean
  metric: MetricName
  /** A state lasts until the next sample, so the clock may judge it too. */
  isState: boolean
  condition: Condition
  severity: AlertSeverity
  summaryTemplate: string
  covers: (device: ScopedDevice) => boolean
}

/** Every rule, and the enabled ones by the metric they watch: a sample of any other metric is never looked at. */
export class CompiledRules {
  readonly byId: ReadonlyMap<string, CompiledRule>
  readonly byMetric: ReadonlyMap<MetricName, readonly CompiledRule[]>
  /** Changes with every change of any rule. */
  readonly revision: number

  constructor(rows: readonly AlertRule[]) {
    const rules = rows.map(compile)
    this.byId = new Map(rules.map((rule) => [rule.id, rule]))
    this.byMetric = Map.groupBy(
      rules.filter(({ enabled, deleted }) => enabled && !deleted),
      ({ metric }) => metric,
    )
    this.revision = rows.reduce((sum, { version }) => sum + version, 0)
  }
}

const compile = (row: AlertRule): CompiledRule => ({
  id: row.id,
  version: row.version,
  name: row.name,
  enabled: row.enabled,
  deleted: row.deletedAt !== null,
  metric: row.metric,
  isState: metrics[row.metric].kind === 'STATE',
  condition: {
    comparison: row.comparison,
    threshold: row.threshold,
    recoveryThreshold: row.recoveryThreshold,
    forMs: row.forSeconds * 1000,
    keepFiringMs: row.keepFiringSeconds * 1000,
  },
  severity: row.severity,
  summaryTemplate: row.summaryTemplate,
  covers: scopeTest(row.scope),
})

/** Deleted rules are kept too: an alert that one left open must be closed, saying so. */
export const loadRules = async (manager: EntityManager): Promise<CompiledRules> =>
  new CompiledRules(await manager.find(AlertRule))

/** Rules are never removed and versions only grow, so their sum tells of every change. */
export async function rulesRevision(manager: EntityManager): Promise<number> {
  const [row] = (await manager.query('SELECT coalesce(sum(version), 0)::int AS revision FROM rule')) as {
    revision: number
  }[]
  return row?.revision ?? 0
}
