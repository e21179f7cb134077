import { type MetricName, metrics } from '#core/contract/metrics.js'
import type { SampleColumns } from '#core/contract/samples.js'
import type { EntityManager } from '#db/source.js'

/** Column of `interface_state` for each metric of an interface. */
const columnOf: Partial<Record<MetricName, string>> = {
  'if.oper': 'oper',
  'if.in.bps': 'in_bps',
  'if.out.bps': 'out_bps',
  'if.in.utilization': 'in_utilization',
  'if.out.utilization': 'out_utilization',
  'if.in.errors': 'in_errors',
  'if.out.errors': 'out_errors',
  'if.in.discards': 'in_discards',
  'if.out.discards': 'out_discards',
}
const columns = Object.values(columnOf)

interface Port {
  id: string
  deviceId: string
  at: number
  values: Map<string, number>
}

/** The newest figures of each port in a batch. */
function portsIn(samples: SampleColumns): Port[] {
  const names = samples.metrics.map((metric) =>
    metrics[metric].scope === 'INTERFACE' ? columnOf[metric] : undefined,
  )
  const ports: (Port | undefined)[] = []
  for (let row = 0; row < samples.at.length; row++) {
    const name = names[samples.metric[row] ?? -1]
    const instance = samples.instance[row] ?? -1
    if (!name || instance < 0) continue
    const at = samples.at[row] ?? 0
    let port = ports[instance]
    if (!port || at > port.at) {
      port = {
        id: samples.instances[instance] ?? '',
        deviceId: samples.devices[samples.device[row] ?? -1] ?? '',
        at,
        values: new Map(),
      }
      ports[instance] = port
    }
    if (at === port.at) port.values.set(name, samples.value[row] ?? 0)
  }
  return ports.filter((port) => port !== undefined)
}

/**
 * Keeps the latest figures of each port, with one statement. A newer poll replaces all figures, so that one it could not
 * tell is null and not an old one; a second part of the same poll adds to them; an older poll changes nothing.
 */
export async function saveInterfaces(manager: EntityManager, samples: SampleColumns): Promise<void> {
  const ports = portsIn(samples)
  if (ports.length === 0) return
  const merged = columns.map(
    (name) =>
      `${name} = CASE WHEN excluded.at > s.at THEN excluded.${name} ELSE coalesce(excluded.${name}, s.${name}) END`,
  )
  // A port that was not told of in between may have gone down and come back: that is no known change.
  const changed = `CASE WHEN excluded.at > s.at AND excluded.oper <> s.oper THEN excluded.at ELSE s.oper_changed_at END`
  const arrays = columns.map((_, n) => `$${n + 4}::float8[]`)
  await manager.query(
    `INSERT INTO interface_state AS s (id, device_id, at, ${columns.join(', ')})
     SELECT id, device_id, to_timestamp(at / 1000), ${columns.join(', ')}
     FROM unnest($1::text[], $2::uuid[], $3::float8[], ${arrays.join(', ')}) AS n (id, device_id, at, ${columns.join(', ')})
     ORDER BY id
     ON CONFLICT (id) DO UPDATE SET device_id = excluded.device_id, at = excluded.at, oper_changed_at = ${changed}, ${merged.join(', ')}
     WHERE excluded.at >= s.at`,
    [
      ports.map(({ id }) => id),
      ports.map(({ deviceId }) => deviceId),
      numbers(ports.map(({ at }) => at)),
      ...columns.map((name) => numbers(ports.map(({ values }) => values.get(name) ?? 'null'))),
    ],
  )
}

/** An array as PostgreSQL writes it down. The driver would look at every number for quotes, at ten times the cost. */
const numbers = (list: readonly (number | 'null')[]): string => `{${list.join()}}`
