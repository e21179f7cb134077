import type { EntityManager } from '#db/source.js'

import type { AlertRule } from './rule.js'
import type { RuleValues } from './rule-input.js'

/** What people decide of a rule, as the audit log shows it: the sites and devices of its scope by their names. */
export async function seenRule(manager: EntityManager, rule: RuleValues): Promise<object> {
  const { siteIds, tags, kinds, deviceIds } = rule.scope
  const rows = (await manager.query(
    `SELECT site_id AS id, max(site_name) AS name FROM device WHERE site_id = ANY($1::uuid[]) GROUP BY 1
     UNION ALL SELECT id, name FROM device WHERE id = ANY($2::uuid[])`,
    [siteIds ?? [], deviceIds ?? []],
  )) as { id: string; name: string | null }[]
  const names = new Map(rows.map(({ id, name }) => [id, name]))
  const named = (ids: readonly string[]) => ids.map((id) => names.get(id) ?? id)
  return {
    ...rule,
    scope: {
      ...(siteIds && { sites: named(siteIds) }),
      ...(tags && { tags }),
      ...(kinds && { kinds }),
      ...(deviceIds && { devices: named(deviceIds) }),
    },
  }
}

/** Only what people decide. */
export const valuesOf = ({ id, builtIn, version, updatedAt, deletedAt, ...values }: AlertRule): RuleValues =>
  values
