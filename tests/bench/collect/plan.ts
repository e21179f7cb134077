import { monitorEventLoopDelay } from 'node:perf_hooks'
import pg from 'pg'

import { monitoring } from '#core/contract/devices.js'
import { chassisConfig } from '#core/service/config.js'
import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { config, start } from '#subgraphs/inventory/plan.js'
import { startStores } from '#tests/kit/private-stores.js'
import { type Bench, median, type Row } from '../row.js'

const devicesCount = 10_000
const reloads = 5

/** How long planning 10,000 devices (ICMP 30 s, SNMP 60 s) holds the event loop, with the plan made anew each second. */
export const planBench: Bench = async () => {
  await using stores = await startStores()
  const client = new pg.Client({ connectionString: stores.ownerUrl })
  await client.connect()
  await client.query(
    `INSERT INTO inventory.device (id, name, address, address_key, kind, status, tags, monitoring, created_at, updated_at)
     SELECT gen_random_uuid(), 'd' || n, '127.0.0.1', 'd' || n, 'OTHER', 'ACTIVE', '{}', $2, to_timestamp(0), to_timestamp(0)
     FROM generate_series(1, $1::int) n`,
    [devicesCount, monitoring.parse({ snmp: {} })],
  )
  await client.end()
  const settings = chassisConfig.extend(config.shape).parse({
    SOTP_DATABASE_URL: stores.databaseUrl,
    SOTP_REDIS_URL: stores.redisUrl,
    SOTP_SECRETS_KEY: Buffer.alloc(32).toString('base64'),
    SOTP_INTERNAL_KEY: 'k'.repeat(32),
    SOTP_INVENTORY_REPLAN_SECONDS: 2,
  })
  const longest: number[] = []
  await using _planner = await start({
    config: settings,
    log: createLog('bench', 'silent'),
    health: new Health(),
  })
  // The first two seconds compile the code.
  await new Promise((resolve) => setTimeout(resolve, 5000))
  for (let n = 0; n < reloads; n++) {
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    await new Promise((resolve) => setTimeout(resolve, 3000))
    delay.disable()
    longest.push(delay.max / 1e6)
  }
  const value = median(longest)
  const row: Row = {
    name: 'planning 10,000 devices: longest hold of the event loop',
    value,
    unit: 'ms',
    reference: 50,
    ratio: value / 50,
    target: '≤ 50 ms',
    ok: value <= 50,
  }
  return [row]
}
