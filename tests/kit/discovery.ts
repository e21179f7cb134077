import type { Pool } from 'pg'

import { discoveryOptions, type FoundHost } from '#core/contract/discovery.js'

/** A host that answers ping and nothing else, but for `more`. */
export const foundHost = (address: string, more: Partial<FoundHost> = {}): FoundHost => ({
  ...{ address, rttMs: 0.5, snmp: null, snmpFailure: null, sysName: null, sysDescr: null, sysObjectId: null },
  ...{ vendor: null, model: null, osVersion: null, serialNumber: null, chassisId: null, kind: 'OTHER' },
  ...{ addresses: [], via: null, duplicateOf: null, duplicateBy: null },
  ...more,
})

/** Writes down a run that is over and found these hosts, as its collector would have told it. */
export async function makeRun(
  sql: Pick<Pool, 'query'>,
  { siteId = null, hosts = [], state = 'SUCCEEDED', schema = 'inventory' }: RunOptions,
): Promise<string> {
  const id = crypto.randomUUID()
  await sql.query(
    `INSERT INTO ${schema}.discovery_run (id, targets, exclude, within, include_known, credential_ids, site_id, options,
       state, probed, total, started_at, reported_at, finished_at)
     VALUES ($1, $2, '{}', $2, false, '{}', $3, $4, $5, $6, $6, now(), now(), $7)`,
    [
      id,
      hosts.map(({ address }) => address),
      siteId,
      JSON.stringify(discoveryOptions.parse({})),
      state,
      hosts.length,
      state === 'RUNNING' ? null : new Date(),
    ],
  )
  for (const host of hosts) {
    await sql.query(
      `INSERT INTO ${schema}.discovered_host (run_id, address_key, found, chassis_id) VALUES ($1, $2, $3, $4)`,
      [id, keyOf(host.address), JSON.stringify(host), host.chassisId],
    )
  }
  return id
}

interface RunOptions {
  siteId?: string | null
  hosts?: readonly FoundHost[]
  state?: 'SUCCEEDED' | 'RUNNING'
  schema?: string
}

/** As inventory compares IPv4 addresses. */
const keyOf = (address: string): string =>
  `4 ${address
    .split('.')
    .map((part) => part.padStart(3, '0'))
    .join('.')}`
