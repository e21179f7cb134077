import { metrics } from '#core/contract/metrics.js'
import type { SampleColumns } from '#core/contract/samples.js'
import type { EntityManager } from '#db/source.js'

interface Reading {
  id: string
  deviceId: string
  at: number
  value: number | null
  status: number | null
}

/** The newest reading of each sensor in a batch. */
function readingsIn(samples: SampleColumns): Reading[] {
  const isSensor = samples.metrics.map((metric) => metrics[metric].scope === 'SENSOR')
  if (!isSensor.includes(true)) return []
  const isState = samples.metrics.map((metric) => metric === 'sensor.state')
  const readings: (Reading | undefined)[] = []
  for (let row = 0; row < samples.at.length; row++) {
    const metric = samples.metric[row] ?? -1
    const instance = samples.instance[row] ?? -1
    if (!isSensor[metric] || instance < 0) continue
    const at = samples.at[row] ?? 0
    let reading = readings[instance]
    if (!reading || at > reading.at) {
      const deviceId = samples.devices[samples.device[row] ?? -1] ?? ''
      reading = { id: samples.instances[instance] ?? '', deviceId, at, value: null, status: null }
      readings[instance] = reading
    }
    if (at === reading.at) reading[isState[metric] ? 'status' : 'value'] = samples.value[row] ?? null
  }
  return readings.filter((reading) => reading !== undefined)
}

/**
 * Keeps the latest reading of each sensor, with one statement. A newer one replaces both value and state, so that what
 * could not be told is null and not an old one; a second part of the same poll adds to them; an older changes nothing.
 */
export async function saveSensors(manager: EntityManager, samples: SampleColumns): Promise<void> {
  const readings = readingsIn(samples)
  if (readings.length === 0) return
  const merged = ['value', 'status'].map(
    (name) =>
      `${name} = CASE WHEN excluded.at > s.at THEN excluded.${name} ELSE coalesce(excluded.${name}, s.${name}) END`,
  )
  await manager.query(
    `INSERT INTO sensor_state AS s (id, device_id, at, value, status)
     SELECT * FROM unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::float8[], $5::float8[]) AS n (id)
     ORDER BY id
     ON CONFLICT (id) DO UPDATE SET device_id = excluded.device_id, at = excluded.at, ${merged.join(', ')}
     WHERE excluded.at >= s.at`,
    [
      readings.map(({ id }) => id),
      readings.map(({ deviceId }) => deviceId),
      readings.map(({ at }) => new Date(at)),
      readings.map(({ value }) => value),
      readings.map(({ status }) => status),
    ],
  )
}
